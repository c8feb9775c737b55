/** When to try again: exponential backoff with full jitter, or when the server said. */
import type { Problem } from '../api/problem.ts';
/** Refusals are final; silence, overload and the server's own failures pass. */
export declare function isRetryable({ status, code }: Problem): boolean;
/**
 * How long to wait before the next attempt: what the server asked for, and on top a random part of the backoff, so
 * that those who were told the same second do not return in it together.
 * @param attempt how many have failed in a row, this one included
 * @param random in [0, 1)
 */
export declare function retryDelay(attempt: number, askedMs: number, random: number): number;
/** `Retry-After` in milliseconds from now: seconds or an HTTP date, capped; 0 when absent, past or nonsense. */
export declare function retryAfterMs(header: string | null, now: number): number;
