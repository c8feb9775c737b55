/** The nouns of keeping users in step. */
import type { SYNC_OUTCOMES, SYNC_SOURCES } from '../db/enums.ts'
import type { Tier } from '../quota/tiers.ts'

/** A user as Neon holds it. */
export type User = {
  /** Clerk's user id. */
  id: string
  email: string | null
  firstName: string | null
  lastName: string | null
  imageUrl: string | null
  tier: Tier
  /** Clerk's times: the sign-up, and the version of the profile. */
  createdAt: Date
  updatedAt: Date
}

/** The door through which a snapshot came. */
export type SyncSource = (typeof SYNC_SOURCES)[number]

/** What applying a snapshot, or a deletion, did. */
export type SyncOutcome = (typeof SYNC_OUTCOMES)[number]

/** How a user stands with us. `unknown` is also a user who has never been synced. */
export type Standing =
  | { state: 'unknown' }
  | { state: 'deleted' }
  | { state: 'banned'; version: number }
  | { state: 'active'; version: number; user: User }
