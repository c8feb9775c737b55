/**
 * A part of a range: Clerk's users, oldest first, page by page against the same stretch of ours. Whatever is repeated here is
 * harmless, so a part may be killed anywhere and begun again at its cursor.
 */
import { pauseOf } from '../clerk/api.ts'
import { findUsers, listUsers, type Page, type Range } from '../clerk/lists.ts'
import { Problem } from '../errors.ts'
import { takePage } from './page.ts'
import type { Stretch } from './page-rule.ts'
import { listUnlisted, MOST_UNLISTED } from './page-store.ts'
import { type Counts, type Limits, PAGES_A_STEP, type ReconcileSettings, sum } from './pass.ts'

/** Where a sweep goes on. */
export type Cursor = {
  /** The range still to be listed. It shrinks only when the user that `id` names is gone. */
  range: Range
  /** The last user listed. */
  id: string | null
  /** Everything before this millisecond has been compared. */
  at: number
  /** So many users that we hold have been listed of that millisecond. */
  heldAt: number
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

export const startOf = (range: Range): Cursor => ({ range, id: null, at: range.after + 1, heldAt: 0 })

/**
 * Sweeps the next pages of a range.
 * @param pageMs The least that a page takes, so that others may ask Clerk as well.
 */
export async function sweepPart(
  settings: ReconcileSettings,
  start: Cursor,
  { dryRun, mostMissed, settledBefore, pageMs }: Omit<Limits, 'pagesASecond'> & { pageMs: number },
): Promise<Part> {
  const part: Part = { cursor: start, counts: {}, absent: [], pauseSeconds: 0 }
  const isTooMuch = () => part.absent.length > mostMissed || (part.counts.unlisted ?? 0) > mostMissed
  for (let pages = 0; part.cursor && pages < PAGES_A_STEP && !isTooMuch(); pages += 1) {
    const { cursor } = part
    const turn = sleep(pageMs)
    try {
      const page = await listUsers(settings, cursor.range, cursor.id ?? undefined)
      if (!page) {
        part.cursor = await withoutId(settings, cursor)
        continue
      }
      const { next, stretch } = follow(cursor, page, settledBefore)
      const compared = { stretch, border: next?.at }
      const { counts, unlisted, heldAtBorder } = await takePage(settings, page, dryRun, compared)
      const missed = stretch ? await findMissed(settings, stretch, page, unlisted, mostMissed) : NOBODY
      part.absent = [...part.absent, ...missed.absent].slice(0, mostMissed + 1)
      part.counts = sum(part.counts, { ...counts, ...(missed.found > 0 && { unlisted: missed.found }) })
      part.cursor = next && { ...next, heldAt: next.heldAt + heldAtBorder }
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
 * The millisecond that the cursor stood in is listed once more from its beginning, because its user is gone.
 * @throws {Problem} `clerk_unavailable` when that is not so: it would never end.
 */
async function withoutId(settings: ReconcileSettings, { range, id, at }: Cursor): Promise<Cursor> {
  if (id && (await findUsers(settings, [id])).has(id)) throw stuck()
  return { range: { after: at - 1, before: range.before }, id: null, at, heldAt: 0 }
}

const stuck = () => new Problem('clerk_unavailable', { facts: { clerk: 'the list does not move on' } })

/**
 * What a page says about time: where the next one begins, but for whom of this page we hold there, and which stretch is now
 * listed to its end. The page's last millisecond may go on on the next page, and when a whole page is of one millisecond
 * nothing has come to an end.
 * @throws {Problem} `clerk_unavailable` when the list does not move on: it would never end.
 */
function follow(
  cursor: Cursor,
  page: Page,
  settledBefore: number,
): { next: Cursor | null; stretch: Stretch | undefined } {
  const { range, at, id, heldAt } = cursor
  const { marks, full } = page
  const last = marks.at(-1)
  if (full && (!last || last.id === id || last.createdAt < at)) throw stuck()
  const until = full && last ? last.createdAt : range.before
  const end = Math.min(until, settledBefore)
  const stretch = end > at ? { from: at, heldBefore: heldAt, until: end } : undefined
  if (!full || !last) return { next: null, stretch }
  return { next: { range, id: last.id, at: until, heldAt: until === at ? heldAt : 0 }, stretch }
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
