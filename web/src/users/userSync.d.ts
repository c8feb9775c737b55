/**
 * Keeps Neon's row in step with the signed-in user, once per user and profile version however many components ask.
 * Knows neither React nor Clerk: it is told who is signed in, and everything else it touches is handed to it.
 */
import type { Api } from '../api/client.ts';
import type { Person } from './person.ts';
import { type SyncState } from './syncState.ts';
export interface Environment {
    now(): number;
    /** In [0, 1). */
    random(): number;
    /** @returns what cancels it */
    after(delayMs: number, run: () => void): () => void;
    log(line: string): void;
}
export declare class UserSync {
    #private;
    constructor(api: Api, env: Environment);
    subscribe: (listener: () => void) => (() => void);
    /**
     * The state as this user may see it (null: nobody is signed in; undefined: not known yet). A component may ask on
     * behalf of a new user before `observe` has been told of them; it must not be shown the previous one's state.
     */
    stateFor(userId: string | null | undefined): SyncState;
    /** Tells who is signed in. Any number of times: only a change of user or version does something. */
    observe(person: Person | null): void;
    /** What a person's "sync now" does; while a sync runs it is already being done. */
    syncNow: () => void;
    /** The network or the person is back: a retry that waits need not, unless the server itself named the time. */
    wake: () => void;
}
