/** One page of Clerk's, taken: applied, or only looked at, and counted. */
import type { Page } from '../clerk/lists.ts'
import type { Compared } from './page-rule.ts'
import { applyPage, type PageOutcome, previewPage } from './page-store.ts'
import type { Counts, ReconcileSettings } from './pass.ts'

/** Applies a page, or says what that would do; and compares it with the stretch of ours that it has listed to the end. */
export async function takePage(
  settings: ReconcileSettings,
  { snapshots, marks, unreadable }: Page,
  dryRun: boolean,
  compared: Compared = {},
): Promise<{ counts: Counts } & Pick<PageOutcome, 'unlisted' | 'heldAtBorder'>> {
  const counts = { pages: 1, listed: marks.length, unreadable }
  if (snapshots.length === 0 && !compared.stretch) return { counts, unlisted: [], heldAtBorder: 0 }
  const seen = { ids: marks.map(({ id }) => id), ...compared }
  const take = dryRun ? previewPage : applyPage
  const { met, conflicts, ...found } = await take(settings, snapshots, seen)
  const { created, updated, ...same } = met
  const done = dryRun ? { missing: created, outdated: updated } : { created, updated }
  return { counts: { ...counts, ...done, ...same, conflicts }, ...found }
}
