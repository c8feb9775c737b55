/** One page of Clerk's, taken: applied, or only looked at, and counted. */
import type { Page } from '../clerk/lists.ts'
import type { Stretch } from './page-rule.ts'
import { applyPage, previewPage } from './page-store.ts'
import type { Counts, ReconcileSettings } from './pass.ts'

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
  const take = dryRun ? previewPage : applyPage
  const { met, conflicts, unlisted } = await take(settings, snapshots, seen)
  const { created, updated, ...same } = met
  const done = dryRun ? { missing: created, outdated: updated } : { created, updated }
  return { counts: { ...counts, ...done, ...same, conflicts }, unlisted }
}
