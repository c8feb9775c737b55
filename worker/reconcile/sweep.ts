/** Comparing everybody: in ranges, by lanes side by side; and in shards, when there are more users than one place has room for. */
import { divide } from './divide.ts'
import { inLanes } from './lanes.ts'
import type { Counts, Limits, ReconcileSettings, Share, Steps, Take } from './pass.ts'
import { type Cursor, startOf, sweepPart } from './sweep-part.ts'

/** Clerk lets 100 requests a second through and answers one in about 0.18 s: four lanes, each asking, writing, asking. */
const LANES = 4

/** Ranges for each lane, so that none ends long before the others. */
const RANGES_A_LANE = 4

/** Cutting a smaller range costs more questions than it saves time. */
const MIN_RANGE_USERS = 5_000

/**
 * Users for one instance. A page of 500 is two requests, three where an address changes hands, and an instance has 10,000
 * for all its steps: a million users are 4,000 to 6,000, which leaves room for retries and deletions.
 */
export const SHARD_USERS = 1_000_000

/**
 * Sweeps a range.
 * @param onPart Called inside of each step with what the step has done.
 * @returns users of ours whom Clerk does not seem to have.
 */
export async function sweep(
  steps: Steps,
  settings: ReconcileSettings,
  whole: Share,
  limits: Limits,
  { take, onPart }: { take: Take; onPart: (counts: Counts) => Promise<void> },
): Promise<string[]> {
  if (steps.sweepElsewhere && whole.users > SHARD_USERS) {
    const shards = await steps.do('divide', () => divide(settings, whole, SHARD_USERS))
    const pagesASecond = limits.pagesASecond && limits.pagesASecond / shards.length
    const swept = await steps.sweepElsewhere(shards, { ...limits, pagesASecond })
    for (const { counts } of swept) take(counts)
    return [...new Set(swept.flatMap(({ absent }) => absent))]
  }
  const size = Math.max(MIN_RANGE_USERS, Math.ceil(whole.users / (LANES * RANGES_A_LANE)))
  const ranges = await steps.do('divide', () => divide(settings, whole, size))
  const pace = { ...limits, pageMs: limits.pagesASecond ? (LANES * 1000) / limits.pagesASecond : 0 }
  const absent = new Set<string>()
  let unlisted = 0
  const isTooMuch = () => absent.size > limits.mostMissed || unlisted > limits.mostMissed
  await inLanes(LANES, [...ranges.entries()], async ([n, { range }], isOver) => {
    let cursor: Cursor | null = startOf(range)
    for (let part = 1; cursor && !isOver() && !isTooMuch(); part += 1) {
      const from: Cursor = cursor
      const swept = await steps.do(`range ${n + 1}, part ${part}`, async () => {
        const done = await sweepPart(settings, from, pace)
        await onPart(done.counts)
        return done
      })
      take(swept.counts)
      for (const id of swept.absent) absent.add(id)
      unlisted += swept.counts.unlisted ?? 0
      if (swept.pauseSeconds > 0) await steps.pause(`range ${n + 1}, pause ${part}`, swept.pauseSeconds)
      cursor = swept.cursor
    }
  })
  return [...absent]
}
