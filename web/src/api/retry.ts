/** When to try again: exponential backoff with full jitter, or when the server said. */
import type { Problem } from './problem.ts'

/** The first wait is anywhere up to two seconds; a long outage costs two requests a minute or fewer. */
const BACKOFF = { firstMs: 2_000, capMs: 30_000 } as const

/** Longer than this, a person would rather be asked again than wait for a mistaken header. */
const RETRY_AFTER_CAP_MS = 5 * 60_000

/** Refusals are final; silence, overload and the server's own failures pass. */
export function isRetryable({ status, code }: Problem): boolean {
  if (status === 0 || status === 408 || status === 425 || status === 429 || status >= 500) return true
  // A success in a foreign language is a hotel's login page, or the like.
  return code === 'bad_answer' && status < 400
}

/**
 * How long to wait before the next attempt: what the server asked for, and on top a random part of the backoff, so
 * that those who were told the same second do not return in it together.
 * @param attempt how many have failed in a row, this one included
 * @param random in [0, 1)
 */
export function retryDelay(attempt: number, askedMs: number, random: number): number {
  return askedMs + random * Math.min(BACKOFF.capMs, BACKOFF.firstMs * 2 ** (attempt - 1))
}

/** How long the server has asked to be left alone, in milliseconds, as far as a page should wait that asks by itself. */
export const patienceMs = (problem: Problem, now: number) =>
  Math.min(RETRY_AFTER_CAP_MS, retryAfterMs(problem.retryAfter, now))

/** `Retry-After` in milliseconds from now: seconds or an HTTP date; 0 when absent, past or nonsense. */
export function retryAfterMs(header: string | undefined, now: number): number {
  if (header === undefined) return 0
  const wait = /^\s*\d+\s*$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now
  return wait > 0 ? wait : 0
}
