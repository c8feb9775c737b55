/**
 * The third door: the clock. A pass compares Clerk's users with ours and repairs what differs, through the same rule.
 *
 * It is written against {@link Steps}, so that a Workflow and the command line go through it alike. Every step may be
 * killed and repeated; what it needs to go on is in the results of the steps before.
 */
import { countUsers, newestCreation, type Range } from '../clerk/lists.ts'
import { explain } from '../errors.ts'
import { type Place, walkChanges } from './changes.ts'
import { confirm, cutShort, mostDeletions, recognise, tooMany } from './guards.ts'
import { inChunks } from './lanes.ts'
import { countOurs, removeUsers } from './page-store.ts'
import {
  type Counts,
  type Plan,
  type ReconcileSettings,
  type Report,
  type Steps,
  sum,
  type Take,
} from './pass.ts'
import { lastPasses, noteEnd, noteProgress, noteStart, tidy } from './runs.ts'
import { sweep } from './sweep.ts'

/** Counts that agree and changes walked down miss only what was changed back and forth: once a week is enough for it. */
const FULL_SWEEP_EVERY_MS = 7 * 24 * 60 * 60 * 1000

/**
 * Clerk's clock and ours differ, and Clerk's lists lag: so far below the last pass's start the walk goes, and whoever has signed
 * up so shortly before the bound is missed by nobody.
 */
const OVERLAP_MS = 10 * 60 * 1000

/**
 * Clerk lets 100 requests a second through, and a new user's first login asks under the same limit: refused, they would be
 * kept waiting. What that costs is a third of the speed, of passes that nobody waits for.
 */
const PAGES_A_SECOND = 70

/** A change is at Clerk at once, and with us when its webhook has come: in a second or so, or at Svix's second attempt. */
const UNDER_WAY_SECONDS = 60

/** Erased in one transaction, which has a minute: the years of one who has talked much may take seconds of it. */
const REMOVED_A_STEP = 10

/** One pass from its beginning to its end, which `reconcile_runs` tells, too. Two at once end as one. */
export async function reconcile(steps: Steps, settings: ReconcileSettings, plan: Plan): Promise<Report> {
  try {
    const report = await pass(steps, settings, plan)
    await steps.do('end', () => noteEnd(settings, plan, ended(report)))
    // Whatever comes of it, the pass has ended as its row says.
    if (!plan.dryRun) await steps.do('tidy', () => tidy(settings)).catch(() => undefined)
    return report
  } catch (error) {
    // Without a database there is nobody to tell.
    await steps
      .do('fail', () => noteEnd(settings, plan, { status: 'failed', reason: explain(error) }))
      .catch(() => undefined)
    throw error
  }
}

const ended = ({ status, reason, counts }: Report) => ({ status, reason, counts })

async function pass(steps: Steps, settings: ReconcileSettings, plan: Plan): Promise<Report> {
  const begun = await steps.do('begin', () => begin(settings, plan))
  const { range, clerkCount, neonCount, last } = begun
  const settled: Range = { after: range.after, before: range.before - OVERLAP_MS }
  let counts: Counts = {}
  const report = (status: Report['status'], reason: string | null): Report => ({
    status,
    reason,
    clerkCount,
    neonCount,
    counts,
  })
  const take = (more: Counts) => {
    counts = sum(counts, more)
    steps.report?.(counts, clerkCount)
  }

  const { instance, stranger } = await steps.do('recognise', () =>
    recognise(settings, range, plan.mostDeletions),
  )
  if (stranger) return report('stopped', stranger)
  const most = plan.mostDeletions ?? mostDeletions(neonCount)
  if (neonCount - clerkCount > most) return report('stopped', tooMany(neonCount - clerkCount, most))

  const isFullDue = plan.full || last.full === null || plan.startedAt - last.full > FULL_SWEEP_EVERY_MS
  if (!isFullDue && last.latest !== null) {
    const walked = await walk(steps, settings, plan, { since: last.latest - OVERLAP_MS, take })
    const known = last.apart
    if (
      walked &&
      (await compare(steps, settings, plan, { name: 'compare', range: settled, known })) === known
    )
      return report('complete', null)
    // The sweep lists everybody anew, and counts them: of the walk only what it has done remains.
    counts = plan.dryRun ? {} : { created: counts.created ?? 0, updated: counts.updated ?? 0 }
  }

  const limits = {
    dryRun: plan.dryRun,
    mostMissed: most,
    pagesASecond: plan.trigger === 'cli' ? null : PAGES_A_SECOND,
    settledBefore: settled.before,
  }
  const onPart = (part: Counts) => noteProgress(settings, plan.id, sum(counts, part))
  const absent = await sweep(steps, settings, { range, users: clerkCount }, limits, { take, onPart })
  take({ full: 1 })
  if (absent.length > most) return report('stopped', tooMany(absent.length, most))
  const unlisted = counts.unlisted ?? 0
  if (unlisted > most) return report('stopped', cutShort(unlisted))
  const listed = counts.listed ?? 0
  if (clerkCount - listed > mostDeletions(clerkCount))
    return report('stopped', `Clerk counts ${clerkCount} users and has listed only ${listed}`)

  const orphaned = await confirm(steps, settings, absent, instance)
  take({ orphaned: orphaned.length })
  if (plan.dryRun) return report('complete', null)
  for (const [n, ids] of inChunks(orphaned, REMOVED_A_STEP).entries())
    take({ removed: await steps.do(`remove ${n + 1}`, () => removeUsers(settings, ids)) })
  take({ apart: await compare(steps, settings, plan, { name: 'settle', range: settled, known: last.apart }) })
  return report('complete', null)
}

async function begin(settings: ReconcileSettings, plan: Plan) {
  const newest = await newestCreation(settings)
  // Fixed for the whole pass, so that it ends. By Clerk's clock or ours, whichever is ahead: nobody of today is left out.
  const range: Range = { after: 0, before: Math.max(plan.startedAt, newest ?? 0) + 1 }
  const [clerkCount, neonCount, last] = await Promise.all([
    countUsers(settings, range),
    countOurs(settings, range),
    lastPasses(settings),
  ])
  await noteStart(settings, plan, { clerkCount, neonCount })
  return { range, clerkCount, neonCount, last }
}

/** How far apart the sides are. What is news is looked at again a minute later, unless a person waits for it. */
async function compare(
  steps: Steps,
  settings: ReconcileSettings,
  { trigger }: Plan,
  { name, range, known }: { name: string; range: Range; known: number },
): Promise<number> {
  const apart = await steps.do(name, () => countApart(settings, range))
  if (apart === known || trigger === 'cli') return apart
  await steps.pause(`${name}, pause`, UNDER_WAY_SECONDS)
  return steps.do(`${name} again`, () => countApart(settings, range))
}

/**
 * How many more users than we Clerk has; fewer, where it is negative. After a pass that compared everybody those are users
 * whom we cannot hold, or who are deleted with us and not there: as long as there are just as many, nothing is new.
 */
async function countApart(settings: ReconcileSettings, range: Range): Promise<number> {
  const [clerkCount, neonCount] = await Promise.all([countUsers(settings, range), countOurs(settings, range)])
  return clerkCount - neonCount
}

/** @returns whether it has come down to what is known. */
async function walk(
  steps: Steps,
  settings: ReconcileSettings,
  { dryRun }: Plan,
  { since, take }: { since: number; take: Take },
): Promise<boolean> {
  let next: Place | null = { page: 0, above: null }
  for (let part = 1; next; part += 1) {
    const from: Place = next
    const walked = await steps.do(`changes ${part}`, () => walkChanges(settings, from, since, dryRun))
    take(walked.counts)
    if (walked.tooMany) return false
    if (walked.pauseSeconds > 0) await steps.pause(`changes ${part}, pause`, walked.pauseSeconds)
    next = walked.next
  }
  return true
}
