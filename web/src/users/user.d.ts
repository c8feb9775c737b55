export declare const SYNC_OUTCOMES: readonly ['created', 'updated', 'unchanged', 'stale'];
export type SyncOutcome = (typeof SYNC_OUTCOMES)[number];
export interface User {
    id: string;
    email: string | null;
    firstName: string | null;
    lastName: string | null;
    imageUrl: string | null;
    tier: string;
    /** ISO 8601, UTC. */
    createdAt: string;
    updatedAt: string;
}
export interface Quota {
    limit: number;
    used: number;
    remaining: number;
    /** ISO 8601, UTC. */
    resetAt: string;
}
export declare function parseUser(value: unknown): User | null;
export declare function parseQuota(value: unknown): Quota | null;
export declare function parseOutcome(value: unknown): SyncOutcome | null;
