/** Where the sync of the signed-in user stands: one union, told to every component alike. */
import type { Problem } from '../api/problem.ts';
import type { SyncOutcome, User } from './user.ts';
/** What was last known of this user's row, kept while a further sync runs or fails. */
interface LastSync {
    user: User | null;
    /** Milliseconds since 1970. */
    lastSyncedAt: number | null;
}
export type SyncState = 
/** `deleted`: the account that was signed in here has been deleted. */
{
    status: 'signed-out';
    deleted: boolean;
}
/** `retrying`: the problem that made the attempt before this one fail. */
 | ({
    status: 'syncing';
    retrying: Problem | null;
} & LastSync) | {
    status: 'synced';
    outcome: SyncOutcome;
    user: User;
    lastSyncedAt: number;
}
/** `retryAt`: when it is tried again without anybody asking; null when only a person can. */
 | ({
    status: 'failed';
    problem: Problem;
    retry: () => void;
    retryAt: number | null;
} & LastSync);
export declare const SIGNED_OUT: SyncState;
export declare const SIGNED_OUT_DELETED: SyncState;
/** Also the state while nobody knows yet whether anyone is signed in. */
export declare const STARTING: SyncState;
export {};
