/** What a tier is, and what it may. */
import type { TIERS } from '../db/enums.ts'
import type { Config } from '../env.ts'

export type Tier = (typeof TIERS)[number]

export type Limits = Pick<Config, `QUOTA_${Tier}`>

/** Messages a day. */
export function dailyLimit(tier: Tier, limits: Limits): number {
  return limits[`QUOTA_${tier}`]
}

/** A user's quota at one moment. */
export type Quota = {
  limit: number
  used: number
  remaining: number
  resetAt: Date
  /** How long the day still goes on, and how long it is: of 23 or 25 hours now and then. */
  resetSeconds: number
  windowSeconds: number
}

/** What is said of it in a body. */
export const toldQuota = ({ limit, used, remaining, resetAt }: Quota) => ({ limit, used, remaining, resetAt })

/**
 * What is said of it in headers.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/
 */
export const quotaHeaders = ({ limit, remaining, resetSeconds, windowSeconds }: Quota) => ({
  'RateLimit-Policy': `"messages";q=${limit};w=${windowSeconds}`,
  RateLimit: `"messages";r=${remaining};t=${retrySeconds(resetSeconds)}`,
})

/** Rounded up: who comes back a moment early is refused once more. */
export const retrySeconds = (resetSeconds: number) => Math.max(1, Math.ceil(resetSeconds))
