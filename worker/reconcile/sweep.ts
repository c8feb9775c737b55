/**
 * Comparing everybody: Clerk's users, oldest first, page by page against the same stretch of ours. Whatever is repeated
 * here is harmless, so a part may be killed anywhere and begun again at its cursor.
 */
import type { ClerkSettings } from '../clerk/api.ts'
import {
  countUsers,
  findUsers,
  listChanges,
  listUsers,
  MOST_IDS,
  PAGE_USERS,
  type Page,
  type Range,
} from '../clerk/lists.ts'
import type { DatabaseSettings } from '../db/client.ts'
import type { Config } from '../env.ts'
import { Problem } from '../errors.ts'
import type { Limits } from './lanes.ts'
import type { Stretch } from './page-rule.ts'
import { applyPage, foreseePage, listUnlisted, MOST_UNLISTED } from './page-store.ts'
import type { Counts } from './runs.ts'

export type ReconcileSettings = ClerkSettings & DatabaseSettings & Pick<Config, 'CLERK_INSTANCE_ID'>

/**
 * Pages in one step: a kill repeats at most so many, and the million users of one instance are 200 steps of the 1,024
 * that every plan has.
 */
const PAGES_A_STEP = 10

/** Where a sweep goes on. */
export type Cursor = {
  /** The range still to be listed. It shrinks only when the user that `id` names is gone. */
  range: Range
  /** The last user listed. */
  id: string | null
  /** Everything before this millisecond has been compared. */
  at: number
  /** So many users of that millisecond have been listed. */
  listedAt: number
}

export type Part = {
  /** `null`: the range has been swept to its end. */
  cursor: Cursor | null
  counts: Counts
  /** Users of ours whom Clerk neither lists nor finds. Never more than one above `mostMissed`. */
  absent: string[]
  /** Clerk asks for a pause before the next part. */
  pauseSeconds: number
}

export const startOf = (range: Range): Cursor => ({ range, id: null, at: range.after + 1, listedAt: 0 })

/**
 * Sweeps the next pages of a range.
 * @param pageMs The least that a page takes, so that others may ask Clerk as well.
 */
export async function sweepPart(
  settings: ReconcileSettings,
  start: Cursor,
  { dryRun, mostMissed, pageMs }: Omit<Limits, 'pagesASecond'> & { pageMs: number },
): Promise<Part> {
  const part: Part = { cursor: start, counts: {}, absent: [], pauseSeconds: 0 }
  const isTooMuch = () => part.absent.length > mostMissed || (part.counts.unlisted ?? 0) > mostMissed
  for (let pages = 0; part.cursor && pages < PAGES_A_STEP && !isTooMuch(); pages += 1) {
    const { cursor } = part
    const turn = sleep(pageMs)
    try {
      const page = await listUsers(settings, cursor.range, cursor.id ?? undefined)
      if (!page) {
        part.cursor = withoutId(cursor)
        continue
      }
      const { next, stretch } = follow(cursor, page)
      const { counts, unlisted } = await takePage(settings, page, dryRun, stretch)
      const missed = stretch ? await findMissed(settings, stretch, page, unlisted, mostMissed) : NOBODY
      part.absent = [...part.absent, ...missed.absent].slice(0, mostMissed + 1)
      part.counts = sum(part.counts, { ...counts, ...(missed.found > 0 && { unlisted: missed.found }) })
      part.cursor = next
      await turn
    } catch (error) {
      const pauseSeconds = pauseOf(error)
      // What is done stays done; any other trouble is the next part's first page, and its to report.
      if (pauseSeconds === 0 && part.cursor === start) throw error
      return { ...part, pauseSeconds }
    }
  }
  return part
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Seconds that Clerk asks us to wait because we have asked too much, and up to one more, because all who are refused together
 * would come back together; 0 for any other error.
 */
export const pauseOf = (error: unknown): number =>
  error instanceof Problem && error.facts.clerkStatus === 429
    ? (error.retryAfterSeconds ?? 1) + Math.random()
    : 0

/** The millisecond that the cursor stood in is listed once more from its beginning. */
const withoutId = ({ range, at }: Cursor): Cursor => ({
  range: { after: at - 1, before: range.before },
  id: null,
  at,
  listedAt: 0,
})

/**
 * What a page says about time: where the next one begins, and which stretch is now listed to its end. The page's last
 * millisecond may go on on the next page, and when a whole page is of one millisecond nothing has come to an end.
 * @throws {Problem} `clerk_unavailable` when the list does not move on: it would never end.
 */
function follow(cursor: Cursor, page: Page): { next: Cursor | null; stretch: Stretch | undefined } {
  const { range, at, id } = cursor
  const { marks, full } = page
  const countAt = (moment: number) => marks.filter(({ createdAt }) => createdAt === moment).length
  const last = marks.at(-1)
  if (full && (!last || last.id === id || last.createdAt < at))
    throw new Problem('clerk_unavailable', { facts: { clerk: 'the list does not move on' } })
  const until = full && last ? last.createdAt : range.before
  const listedAt = cursor.listedAt + countAt(at)
  const stretch = until > at ? { from: at, listedAtFrom: listedAt, until } : undefined
  if (!full || !last) return { next: null, stretch }
  const next = { range, id: last.id, at: until, listedAt: until === at ? listedAt : countAt(until) }
  return { next, stretch }
}

/** Applies a page, or says what that would do; and compares it with the stretch of ours that it has listed to the end. */
export async function takePage(
  settings: ReconcileSettings,
  { snapshots, marks, unreadable }: Page,
  dryRun: boolean,
  stretch?: Stretch,
): Promise<{ counts: Counts; unlisted: string[] }> {
  const counts = { pages: 1, listed: marks.length, unreadable }
  if (snapshots.length === 0 && !stretch) return { counts, unlisted: [] }
  const seen = { ids: marks.map(({ id }) => id), stretch }
  const take = dryRun ? foreseePage : applyPage
  const { met, conflicts, unlisted } = await take(settings, snapshots, seen)
  const { created, updated, ...same } = met
  const done = dryRun ? { missing: created, outdated: updated } : { created, updated }
  return { counts: { ...counts, ...done, ...same, conflicts }, unlisted }
}

const NOBODY = { absent: [], found: 0 }

/**
 * Users of ours in the stretch whom Clerk has not listed: those whom it does not find by their ids either are absent. Ends
 * early when there are too many of either kind.
 * @param unlisted The first of those not listed.
 */
async function findMissed(
  settings: ReconcileSettings,
  stretch: Stretch,
  { marks }: Page,
  unlisted: string[],
  most: number,
): Promise<{ absent: string[]; found: number }> {
  const listed = marks.map(({ id }) => id)
  const absent: string[] = []
  let found = 0
  for (let candidates = unlisted; absent.length <= most && found <= most; ) {
    const last = candidates.at(-1)
    if (last === undefined) break
    const known = await findUsers(settings, candidates)
    absent.push(...candidates.filter((id) => !known.has(id)))
    // Those of the first millisecond may have been on the page before.
    found += [...known.values()].filter((createdAt) => createdAt > stretch.from).length
    if (candidates.length < MOST_UNLISTED) break
    candidates = await listUnlisted(settings, stretch, listed, last)
  }
  return { absent, found }
}

/** Those of at most {@link MOST_IDS} users whom Clerk does not have. */
export async function notFound(settings: ClerkSettings, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const found = await findUsers(settings, ids)
  return ids.filter((id) => !found.has(id))
}

/** Changes are walked by offset, which grows slower with every page: further back a sweep is the better way. */
const MOST_CHANGED_PAGES = 20

/** Somebody deleted meanwhile moves all behind one place up: pages overlap by more than are deleted in a second. */
const CHANGES_OVERLAP = 20

export type Changes = {
  /** The next page; `null`: the walk has come down to `since`. */
  page: number | null
  counts: Counts
  /** There is more than the walk is good for. */
  tooMany: boolean
  pauseSeconds: number
}

/** Applies what has changed last, down to a moment in milliseconds. */
export async function walkChanges(
  settings: ReconcileSettings,
  start: number,
  since: number,
  dryRun: boolean,
): Promise<Changes> {
  const walk: Changes = { page: start, counts: {}, tooMany: false, pauseSeconds: 0 }
  for (let page = start; page < start + PAGES_A_STEP; page += 1) {
    if (page >= MOST_CHANGED_PAGES) return { ...walk, page: null, tooMany: true }
    try {
      const listed = await listChanges(settings, page * (PAGE_USERS - CHANGES_OVERLAP))
      walk.counts = sum(walk.counts, (await takePage(settings, listed, dryRun)).counts)
      // A page of nobody whom we can read says nothing of how far down it is.
      const isDown = !listed.full || (listed.lastUpdatedAt !== undefined && listed.lastUpdatedAt < since)
      if (isDown) return { ...walk, page: null }
      walk.page = page + 1
    } catch (error) {
      const pauseSeconds = pauseOf(error)
      if (pauseSeconds === 0 && page === start) throw error
      return { ...walk, pauseSeconds }
    }
  }
  return walk
}

export type Share = { range: Range; users: number }

/** Cuts a range so that no piece has many more users than `size`, as far as milliseconds can be cut. */
export async function divide(settings: ClerkSettings, whole: Share, size: number): Promise<Share[]> {
  const pieces: Share[] = []
  for (const { range, users } of await halve(settings, whole, size)) {
    const before = pieces.at(-1)
    // Halves of a half are often nearly empty: neighbours are put together again while there is room.
    if (before && before.users + users <= size)
      pieces.splice(-1, 1, {
        range: { after: before.range.after, before: range.before },
        users: before.users + users,
      })
    else pieces.push({ range, users })
  }
  return pieces
}

async function halve(settings: ClerkSettings, whole: Share, size: number): Promise<Share[]> {
  const { range, users } = whole
  if (users <= size || range.before - range.after <= 2) return [whole]
  const middle = Math.floor((range.after + range.before + 1) / 2)
  const older = { after: range.after, before: middle }
  const olderUsers = Math.min(users, await countUsers(settings, older))
  const newer = { range: { after: middle - 1, before: range.before }, users: users - olderUsers }
  const halves = await Promise.all([
    halve(settings, { range: older, users: olderUsers }, size),
    halve(settings, newer, size),
  ])
  return halves.flat()
}

export function sum(a: Counts, b: Counts): Counts {
  const total = { ...a }
  for (const [name, count] of Object.entries(b)) total[name] = (total[name] ?? 0) + count
  return total
}
