/** The nouns of a pass: what it is told, what it runs on, what it counts and says. */
import type { ClerkSettings } from '../clerk/api.ts'
import type { Range } from '../clerk/lists.ts'
import type { DatabaseSettings } from '../db/client.ts'
import type { RUN_STATUSES, RUN_TRIGGERS } from '../db/enums.ts'
import type { Config } from '../env.ts'

export type ReconcileSettings = ClerkSettings & DatabaseSettings & Pick<Config, 'CLERK_INSTANCE_ID'>

export type RunTrigger = (typeof RUN_TRIGGERS)[number]

/** How a pass ended. */
export type RunEnd = Exclude<(typeof RUN_STATUSES)[number], 'running'>

export type Run = { id: string; trigger: RunTrigger; dryRun: boolean }

/** What a pass has met and done, by kind. */
export type Counts = Record<string, number>

export function sum(a: Counts, b: Counts): Counts {
  const total = { ...a }
  for (const [name, count] of Object.entries(b)) total[name] = (total[name] ?? 0) + count
  return total
}

export type Plan = Run & {
  /** Compares everybody, however fresh the last sweep is. */
  full: boolean
  /** Milliseconds since the epoch. */
  startedAt: number
  /** Instead of the share that a pass may delete by itself. */
  mostDeletions?: number
}

export type Report = {
  status: Exclude<RunEnd, 'failed'>
  /** Why it was stopped. */
  reason: string | null
  clerkCount: number
  neonCount: number
  counts: Counts
}

export type Share = { range: Range; users: number }

/** What a pass runs on: a Workflow, or the command line. */
export interface Steps {
  /** Does it until it has succeeded or is given up, and remembers the result. */
  do<T extends Rpc.Serializable<T>>(name: string, work: () => Promise<T>): Promise<T>
  pause(name: string, seconds: number): Promise<void>
  /** Sweeps shards elsewhere, side by side. Absent where one place has room for all. */
  sweepElsewhere?: (shards: Share[], limits: Limits) => Promise<Swept[]>
  /** For whoever watches. */
  report?: (counts: Counts, clerkCount: number) => void
}

export type Limits = {
  dryRun: boolean
  /** A sweep that misses more users of ours than this on Clerk's pages may end early: nobody will be deleted. */
  mostMissed: number
  /** For all lanes together; `null`: as many as Clerk lets through. */
  pagesASecond: number | null
  /** Whoever was created from this millisecond on may not be in Clerk's lists yet, and is not missed there. */
  settledBefore: number
}
export type Swept = { counts: Counts; absent: string[] }
export type Take = (counts: Counts) => void

/**
 * Pages in one step: a kill repeats at most so many, and the million users of one instance are 200 steps of the 1,024
 * that every plan has.
 */
export const PAGES_A_STEP = 10
