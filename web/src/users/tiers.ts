/** Tiers as they are stored, from the least to the most, and as they are spoken of. */

export const TIERS = ['FREE', 'PRO', 'MAXX'] as const
export type Tier = (typeof TIERS)[number]

export const parseTier = (value: unknown): Tier | null => TIERS.find((tier) => tier === value) ?? null

/** `FREE` is `Free`; one that a newer Worker knows is treated alike. */
export const tierName = (tier: string) => tier.charAt(0) + tier.slice(1).toLowerCase()
