/** What a tier is, and what it may. */
import type { TIERS } from '../db/enums.ts'
import type { Config } from '../env.ts'

export type Tier = (typeof TIERS)[number]

/** Messages a day. */
export function dailyLimit(tier: Tier, config: Pick<Config, `QUOTA_${Tier}`>): number {
  return config[`QUOTA_${tier}`]
}

/** A user's quota at one moment. */
export type Quota = { limit: number; used: number; remaining: number; resetAt: Date }
