/** The report's numbers and codes as a person says them. */
import { amount } from '../ui/amount.ts'
import type { Outcome, Source } from './report.ts'

const UNITS: [size: number, unit: string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
]

/** `340 ms`, `2.4 s`, `26 min`: two digits are as exact as anybody reads. */
export function duration(ms: number): string {
  const [size, unit] = UNITS.find(([unitMs]) => ms >= unitMs) ?? [1, 'ms']
  const value = ms / size
  return `${value < 10 && size > 1 ? Math.round(value * 10) / 10 : amount(Math.round(value))} ${unit}`
}

export const DOORS: Record<Source, { name: string; what: string }> = {
  webhook: { name: 'Webhooks', what: 'every delivery' },
  login: { name: 'Logins', what: 'each user’s newest change' },
  reconcile: { name: 'Passes', what: 'what they had to mend' },
}

/** What outcomes have in common for whoever looks at a month of them. */
export const KINDS = {
  changed: { label: 'changed something', fill: 'fill-brand', swatch: 'bg-brand' },
  deleted: { label: 'deleted', fill: 'fill-marigold', swatch: 'bg-marigold' },
  nothing: { label: 'nothing new', fill: 'fill-edge', swatch: 'bg-edge' },
  unusable: { label: 'could not be used', fill: 'fill-bad', swatch: 'bg-bad' },
} as const
export type Kind = keyof typeof KINDS

export const KIND_OF: Record<Outcome, Kind> = {
  created: 'changed',
  updated: 'changed',
  applied: 'changed',
  deleted: 'deleted',
  unchanged: 'nothing',
  stale: 'nothing',
  'dead-letter': 'unusable',
}

const RESEND = 'then send it again from Clerk. A pass mends the user meanwhile.'

/** What to do about a dead letter. Its body is not kept: Clerk sends it again, or is asked for its user. */
export function deadLetterAdvice(reason: string | null): string {
  switch (reason) {
    case 'unknown type':
      return 'SwarAI has no use for this kind of event. Untick it at the endpoint in Clerk; nothing is lost.'
    case 'another instance':
      return 'It comes from another Clerk instance. Give that one an endpoint and a signing secret of its own.'
    case 'not a user':
    case 'not a deletion':
      return 'Clerk’s user had a form that this version cannot read. Update SwarAI, then try it again. A pass mends the user meanwhile.'
    case 'not in Clerk':
      return 'When it was tried again, Clerk had no such user. That alone deletes nobody: a pass makes sure and then does. Nothing is left to do, unless the secret key is another instance’s.'
    default:
      return `It is signed, but not an event as Clerk sends them. Look at its body in Clerk, ${RESEND}`
  }
}

/** How it went to try one again. */
export function triedWords(outcome: string): string {
  switch (outcome) {
    case 'created':
    case 'updated':
      return 'It was of use: Neon now has the user as Clerk does.'
    case 'unchanged':
    case 'stale':
      return 'It is settled: Neon had the user as Clerk does already.'
    case 'deleted':
      return 'It is settled: the user has been deleted, and stays so.'
    default:
      return 'It has to stay: the letter says why.'
  }
}

/** What passes count, the most telling first. */
const FINDINGS: Record<string, string> = {
  missing: 'missing in Neon',
  outdated: 'outdated in Neon',
  orphaned: 'gone from Clerk',
  unlisted: 'missing in Clerk’s list',
  created: 'created',
  updated: 'updated',
  deleted: 'deleted',
  conflicts: 'whose address another has',
  unreadable: 'unreadable',
  unchanged: 'unchanged',
  stale: 'newer in Neon',
  tombstoned: 'deleted here alone',
  apart: 'apart',
}

/** How a pass went about it, which is no finding. */
const HOW = ['listed', 'pages', 'full']

/** `2 missing in Neon, 498 unchanged`; empty when there is nothing to tell. A kind that is not known here keeps its name. */
export function foundWords(counts: [kind: string, count: number][]): string {
  const known = Object.keys(FINDINGS)
  const rank = (kind: string) => (known.includes(kind) ? known.indexOf(kind) : known.length)
  return counts
    .filter(([kind]) => !HOW.includes(kind))
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([kind, count]) =>
      kind === 'apart' ? apartWords(count) : `${amount(count)} ${FINDINGS[kind] ?? kind}`,
    )
    .join(', ')
}

/** `3 more in Clerk than here`, `1 fewer in Clerk than here`. */
export const apartWords = (apart: number): string =>
  `${amount(Math.abs(apart))} ${apart < 0 ? 'fewer' : 'more'} in Clerk than here`

/** `100,000+`, where counting has ended there. */
export const amountUpTo = (value: number, isMore: boolean): string => `${amount(value)}${isMore ? '+' : ''}`
