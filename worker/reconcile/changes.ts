/** What has changed last, down to what is known: cheaper than comparing everybody, while it is little. */
import { pauseOf } from '../clerk/api.ts'
import { listChanges, PAGE_USERS, type Page } from '../clerk/lists.ts'
import { takePage } from './page.ts'
import { type Counts, PAGES_A_STEP, type ReconcileSettings, sum } from './pass.ts'

/** Changes are walked by offset, which grows slower with every page: further back a sweep is the better way. */
const MOST_CHANGED_PAGES = 20

/** Somebody deleted meanwhile moves all behind one place up: pages overlap by more than are deleted in a second. */
const CHANGES_OVERLAP = 20

export type Place = {
  page: number
  /** The last user of the page before, and when they were last updated, where that is known. */
  above: { id: string; at: number } | null
}

export type Changes = {
  /** The next page; `null`: the walk has come down to `since`. */
  next: Place | null
  counts: Counts
  /** There is more than the walk is good for. */
  tooMany: boolean
  pauseSeconds: number
}

/** Applies what has changed last, down to a moment in milliseconds. */
export async function walkChanges(
  settings: ReconcileSettings,
  start: Place,
  since: number,
  dryRun: boolean,
): Promise<Changes> {
  const walk: Changes = { next: start, counts: {}, tooMany: false, pauseSeconds: 0 }
  for (let { page, above } = start; page < start.page + PAGES_A_STEP; page += 1) {
    if (page >= MOST_CHANGED_PAGES) return { ...walk, next: null, tooMany: true }
    try {
      const listed = await listChanges(settings, page * (PAGE_USERS - CHANGES_OVERLAP))
      walk.counts = sum(walk.counts, (await takePage(settings, listed, dryRun)).counts)
      if (above && !overlaps(listed, above)) return { ...walk, next: null, tooMany: true }
      // A page of nobody whom we can read says nothing of how far down it is.
      const isDown = !listed.full || (listed.lastUpdatedAt !== undefined && listed.lastUpdatedAt < since)
      if (isDown) return { ...walk, next: null }
      above = lastOf(listed)
      walk.next = { page: page + 1, above }
    } catch (error) {
      const pauseSeconds = pauseOf(error)
      if (pauseSeconds === 0 && page === start.page) throw error
      return { ...walk, pauseSeconds }
    }
  }
  return walk
}

function lastOf({ marks, lastUpdatedAt }: Page): Place['above'] {
  const id = marks.at(-1)?.id
  return id === undefined || lastUpdatedAt === undefined ? null : { id, at: lastUpdatedAt }
}

/** Otherwise more have been deleted meanwhile than pages overlap, and somebody may stand between the two. */
const overlaps = ({ marks, firstUpdatedAt }: Page, above: { id: string; at: number }) =>
  marks.some(({ id }) => id === above.id) || (firstUpdatedAt !== undefined && firstUpdatedAt > above.at)
