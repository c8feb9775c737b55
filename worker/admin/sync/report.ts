/** The nouns of how the sync is doing. */
import type { DELIVERY_OUTCOMES, RUN_STATUSES, RUN_TRIGGERS } from '../../db/enums.ts'
import type { SyncSource } from '../../users/user.ts'

/** From Clerk's `updated_at` to our commit. */
export type Lag = { source: SyncSource; samples: number; p50Ms: number; p95Ms: number; maxMs: number }

/** `applied`: of a login only the newest snapshot of each user is remembered, not whether it was their first. */
export type DayOutcome = (typeof DELIVERY_OUTCOMES)[number] | 'applied'

/** What came of a door on one day. */
export type DayCount = {
  /** `2026-01-31`, UTC. */
  day: string
  source: SyncSource
  outcome: DayOutcome
  count: number
}

export type DeadLetter = {
  messageId: string
  type: string
  /** Where it is known: Clerk can be asked for that user, which is as good as the letter. */
  userId: string | null
  reason: string | null
  attempts: number
  receivedAt: Date
}

/** One pass of the clock's door. */
export type Pass = {
  id: string
  trigger: (typeof RUN_TRIGGERS)[number]
  dryRun: boolean
  status: (typeof RUN_STATUSES)[number]
  reason: string | null
  clerkCount: number | null
  neonCount: number | null
  /** As the pass keeps them, but for `deleted`, whom it has erased, and `tombstoned`, whom Clerk lists although we have. */
  counts: Record<string, number>
  startedAt: Date
  finishedAt: Date | null
}

/** How far the sides are apart, as the newest pass or dry run to come through has left them. */
export type Drift = {
  /** When it was through. */
  at: Date
  /** Users that each side has. */
  clerk: number
  neon: number
  /** More in Clerk than in Neon; fewer, where it is negative. After a pass: those whom nothing can be done about. */
  apart: number
  /** What a dry run would have created, updated and erased. A pass has done that. */
  missing: number
  outdated: number
  orphaned: number
}

export type UserCounts = {
  total: number
  /** Too many to be counted while somebody waits: the database's own estimate. */
  isEstimate: boolean
  /** Have been deleted. */
  tombstones: number
  banned: number
  withoutEmail: number
}

/** Figures that are counted up to {@link COUNT_LIMIT} and no further. */
export const BOUNDED = ['deadLetterCount', 'tombstones', 'banned', 'withoutEmail'] as const

/** What the verdict is read from. */
export type Signs = {
  /** The newest delivery, of use or not. */
  lastDeliveryAt: Date | null
  /** The newest that was of use: a dead letter does not tell that news of users arrives. */
  lastUsedAt: Date | null
  /**
   * Users whose newest change came by another door, though it was made after the last delivery of use. Of each door no more
   * than {@link LAG_SAMPLE} are looked at.
   */
  untold: number
  /**
   * Users of the last {@link MISSED_HOURS} whom passes have had to write or to erase, long after a webhook should have. No more
   * than {@link LAG_SAMPLE} of those written are looked at.
   */
  missed: number
  /** In the last {@link DEAD_LETTER_DAYS}; above {@link COUNT_LIMIT} there are more. */
  deadLetters: number
  passes: PassSigns
  drift: Drift | null
  users: number
}

/** Of passes that were more than a dry run. */
export type PassSigns = {
  firstStartedAt: Date | null
  lastStartedAt: Date | null
  /** When the last one to come through did. */
  lastCompleteAt: Date | null
  /** How the newest of those that have ended did: one under way says nothing yet. */
  lastStatus: Exclude<Pass['status'], 'running'> | null
  lastReason: string | null
  /** Met by the last to come through, or by the last that compared everybody, dry runs included: the larger number. */
  unreadable: number
  conflicts: number
}

export type SyncHealth = {
  signs: Signs
  lag: Lag[]
  outcomes: DayCount[]
  deadLetters: DeadLetter[]
  passes: Pass[]
  users: UserCounts
  /** Of these there are more than the {@link COUNT_LIMIT} that is told. */
  atLeast: (typeof BOUNDED)[number][]
}

/** What the chart shows, and what lag is told of. */
export const CHART_DAYS = 30

/** Of each door the newest so many are counted, and of all else no more: a tenth of a second's work. */
export const COUNT_LIMIT = 100_000

/** Of each door, the newest tell its lag: enough for a percentile, and few enough to tell of a bad hour. */
export const LAG_SAMPLE = 10_000

/** Long enough to see that something is always missed, and short enough to see that it no longer is. */
export const MISSED_HOURS = 24

/** A dead letter older than this has been seen by whoever looks, or no longer matters. */
export const DEAD_LETTER_DAYS = 7
