/** One attempt to bring Neon in step: a token, a request, and whatever happens becomes a value. */
import { type Api } from '../api/client.ts';
import { type Problem } from '../api/problem.ts';
import type { Person } from './person.ts';
import { type SyncOutcome, type User } from './user.ts';
export type Attempt = {
    kind: 'synced';
    outcome: SyncOutcome;
    user: User;
}
/** `askedMs`: how long the server asked to be left alone. */
 | {
    kind: 'refused';
    problem: Problem;
    askedMs: number;
};
/** Never rejects. `signal` ends it, also while Clerk is still thinking about a token. */
export declare function syncOnce(api: Api, person: Person, signal: AbortSignal, now: () => number): Promise<Attempt>;
/** Was the account behind this token deleted? Only a clear yes counts. Never rejects. */
export declare function isDeleted(api: Api, userId: string, token: string, signal: AbortSignal): Promise<boolean>;
