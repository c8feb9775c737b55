/** What the admin page makes of what it is told, and who is shown the way to it. */
import { expect, test } from 'vitest'
import { barsOf, barWords, CHART_DAYS } from '../../web/src/admin/chart.ts'
import { type DayCount, parseReport } from '../../web/src/admin/report.ts'
import { amountUpTo, deadLetterAdvice, duration, foundWords, triedWords } from '../../web/src/admin/words.ts'
import { amount, counted } from '../../web/src/ui/amount.ts'
import { person, row, settled, world } from './user-sync-world.ts'

const NOW = Date.parse('2026-05-05T23:59:59Z')

const outcome = (day: string, kind: DayCount['outcome'], count: number): DayCount => ({
  day,
  source: 'webhook',
  outcome: kind,
  count,
})

test('a month is thirty days, today the last of them, with and without something in it', () => {
  const bars = barsOf([], 'webhook', NOW)
  expect(bars).toHaveLength(CHART_DAYS)
  expect([bars[0]?.day, bars.at(-1)?.day]).toEqual(['2026-04-06', '2026-05-05'])
  expect(bars.every(({ total, segments }) => total === 0 && segments.length === 0)).toBe(true)
})

test('what has something in common is one segment, in shares of the highest day', () => {
  const bars = barsOf(
    [
      outcome('2026-05-05', 'created', 3),
      outcome('2026-05-05', 'updated', 5),
      outcome('2026-05-05', 'dead-letter', 2),
      outcome('2026-05-04', 'stale', 4),
      outcome('2026-01-01', 'created', 1000),
      { ...outcome('2026-05-05', 'applied', 999), source: 'login' },
    ],
    'webhook',
    NOW,
  )
  expect(bars.at(-1)).toMatchObject({
    total: 10,
    segments: [
      { kind: 'changed', from: 0, height: 0.8 },
      { kind: 'unusable', from: 0.8, height: 0.2 },
    ],
  })
  expect(bars.at(-2)?.segments).toEqual([{ kind: 'nothing', from: 0, height: 0.4 }])
  expect(bars.slice(-2).map(barWords)).toEqual(['4 nothing new', '8 changed something, 2 could not be used'])
})

test.each([
  [0, '0 ms'],
  [340, '340 ms'],
  [2_400, '2.4 s'],
  [26_000, '26 s'],
  [90_000, '1.5 min'],
  [3_600_000 * 5, '5 h'],
  [86_400_000 * 500, '500 d'],
])('%i ms are read as %s', (ms, words) => {
  expect(duration(ms)).toBe(words)
})

test('numbers are spoken', () => {
  expect(amount(1234567)).toBe('1,234,567')
  expect([counted(1, 'user'), counted(0, 'user')]).toEqual(['1 user', '0 users'])
})

test('what a pass has found is told the most telling first', () => {
  expect(
    foundWords([
      ['listed', 500],
      ['unchanged', 1498],
      ['newKind', 1],
      ['missing', 2],
      ['full', 1],
    ]),
  ).toBe('2 missing in Neon, 1,498 unchanged, 1 newKind')
  expect(foundWords([['listed', 500]])).toBe('')
  expect(
    foundWords([
      ['tombstoned', 3],
      ['deleted', 5],
    ]),
  ).toBe('5 deleted, 3 deleted here alone')
  expect(foundWords([['apart', 3]])).toBe('3 more in Clerk than here')
  expect(foundWords([['apart', -1]])).toBe('1 fewer in Clerk than here')
})

test('every reason for a dead letter has its own advice, and an unknown one some', () => {
  const reasons = ['unknown type', 'another instance', 'not a user', 'not in Clerk', 'not JSON']
  expect(new Set(reasons.map(deadLetterAdvice)).size).toBe(reasons.length)
  expect(deadLetterAdvice(null)).toBe(deadLetterAdvice('not JSON'))
})

test('how a letter tried again ended is said in words, also for an outcome that is not known here', () => {
  expect(triedWords('created')).toMatch(/of use/)
  expect(triedWords('stale')).toBe(triedWords('unchanged'))
  expect(triedWords('deleted')).toMatch(/stays so/)
  for (const outcome of ['dead-letter', 'something new']) expect(triedWords(outcome)).toMatch(/has to stay/)
})

const REPORT = {
  verdict: [{ level: 'good', title: 'All in step', detail: '' }],
  lastDeliveryAt: '2026-05-05T05:05:05.000Z',
  deadLetterCount: 0,
  countLimit: 100_000,
  lag: [{ source: 'webhook', samples: 2, p50Ms: 1, p95Ms: 2, maxMs: 3 }],
  outcomes: [],
  deadLetters: [],
  passes: [],
  users: { total: 1, isEstimate: false, tombstones: 0, banned: 0, withoutEmail: 0 },
}

test('a report is read, and what a newer Worker may add to its lists is left out', () => {
  expect(parseReport(REPORT)).toMatchObject({ lastDeliveryAt: Date.parse('2026-05-05T05:05:05Z') })
  const lag = [...REPORT.lag, { source: 'carrier pigeon', samples: 1, p50Ms: 1, p95Ms: 1, maxMs: 1 }, null, 7]
  expect(parseReport({ ...REPORT, lag })?.lag).toEqual(REPORT.lag)
})

test('a pass keeps what it has found, also where Clerk has fewer; nothing is not told', () => {
  const pass = { id: 'run', status: 'complete', startedAt: '2026-05-05T05:05:05.000Z' }
  const passes = [{ ...pass, counts: { full: 1, apart: -2, created: 0, unknown: 'many' } }]
  expect(parseReport({ ...REPORT, passes })?.passes[0]?.counts).toEqual([
    ['full', 1],
    ['apart', -2],
  ])
})

test('drift is read, or is not there as long as nobody has looked', () => {
  const drift = { clerk: 7, neon: 8, apart: -1, missing: 1, outdated: 2, orphaned: 3 }
  const at = '2026-05-05T05:05:05.000Z'
  expect(parseReport({ ...REPORT, drift: { at, ...drift } })?.drift).toEqual({ at: Date.parse(at), ...drift })
  for (const none of [null, undefined, {}, 7])
    expect(parseReport({ ...REPORT, drift: none })?.drift).toBeNull()
})

test('a figure that was counted up to a limit alone says so', () => {
  expect(amountUpTo(100_000, true)).toBe('100,000+')
  expect(amountUpTo(100_000, false)).toBe('100,000')
  const atLeast = ['banned', 7]
  expect(parseReport({ ...REPORT, atLeast })?.atLeast).toEqual(['banned'])
  expect(parseReport(REPORT)?.atLeast).toEqual([])
})

test('what is no report is none', () => {
  for (const body of [null, [], 'x', {}, { ...REPORT, verdict: [] }, { ...REPORT, users: null }])
    expect(parseReport(body)).toBeNull()
})

test('the API’s word makes an admin, for that user and as long as it is given', async () => {
  const { sync, signIn, signOut, request } = world()
  const answer = { outcome: 'unchanged', user: row() }
  await signIn(person())
  expect(sync.isAdmin('user_ada')).toBe(false)
  await request(0).answer(200, answer, { 'X-Role': 'admin' })
  expect(sync.isAdmin('user_ada')).toBe(true)
  expect(sync.isAdmin('user_bob')).toBe(false)
  expect(sync.isAdmin(undefined)).toBe(false)

  sync.syncNow()
  await settled()
  await request(1).answer(503, { title: 'Away', code: 'database_unavailable' })
  expect(sync.isAdmin('user_ada')).toBe(true)
  sync.syncNow()
  await settled()
  await request(2).answer(200, answer)
  expect(sync.isAdmin('user_ada')).toBe(false)

  sync.syncNow()
  await settled()
  await request(3).answer(200, answer, { 'X-Role': 'admin' })
  await signOut()
  expect(sync.isAdmin('user_ada')).toBe(false)
  await signIn(person({ id: 'user_bob' }))
  expect(sync.isAdmin('user_bob')).toBe(false)
})
