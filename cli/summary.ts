/** What a pass has met and done, as a table. */
import type { Report } from '../worker/reconcile/pass.ts'
import { number } from './progress.ts'

/** In the order of their importance. What is not there, or zero and not worth a line, is left out. */
const ROWS: [key: string, words: string, always?: 'always'][] = [
  ['missing', 'missing with us'],
  ['outdated', 'outdated with us'],
  ['created', 'created', 'always'],
  ['updated', 'updated', 'always'],
  ['orphaned', 'gone from Clerk'],
  ['removed', 'deleted', 'always'],
  ['unlisted', 'missing in Clerk’s list'],
  ['conflicts', 'whose address another has'],
  ['unchanged', 'unchanged', 'always'],
  ['stale', 'newer with us'],
  ['deleted', 'deleted with us for ever'],
  ['unreadable', 'unreadable'],
  ['apart', 'more in Clerk than with us'],
]

export function summary(report: Report, { dryRun, seconds }: { dryRun: boolean; seconds: number }): string {
  const { status, reason, clerkCount, neonCount, counts } = report
  const compared = counts.full
    ? 'everybody was compared'
    : 'the counts tell nothing new; only changes were read'
  const heading =
    status === 'stopped' ? `  Stopped: ${reason}` : `  ${dryRun ? 'Dry run' : 'Done'}: ${compared}`
  const rows: [string, string][] = [
    ['users in Clerk', number(clerkCount)],
    ['users with us, before', number(neonCount)],
    ...ROWS.filter(([key, , always]) => counts[key] || (always && !dryRun)).map(
      ([key, words]): [string, string] => [words, number(counts[key] ?? 0)],
    ),
    ['pages', number(counts.pages ?? 0)],
    ['seconds', seconds.toFixed(1)],
  ]
  const [left, right] = [0, 1].map((at) => Math.max(...rows.map((row) => String(row[at]).length)))
  const lines = rows.map(([words, value]) => `  ${words.padEnd(left ?? 0)}  ${value.padStart(right ?? 0)}`)
  return `${heading}\n\n${lines.join('\n')}\n`
}
