/** How the sync is said to be doing, sign by sign. */
import { expect, test } from 'vitest'
import type { PassSigns, Signs } from '../../worker/admin/sync/report.ts'
import { span, verdictOf } from '../../worker/admin/sync/verdict.ts'

const NOW = Date.parse('2026-05-05T05:05:05Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const ago = (ms: number) => new Date(NOW - ms)

/** Passes that have nothing to be said against them. */
const passes = (changed: Partial<PassSigns> = {}) => ({
  passes: {
    firstStartedAt: ago(30 * 24 * HOUR),
    lastStartedAt: ago(HOUR),
    lastCompleteAt: ago(HOUR),
    lastStatus: 'complete' as const,
    lastReason: null,
    unreadable: 0,
    conflicts: 0,
    ...changed,
  },
})

/** A sync that has nothing to be said against it. */
const signs = (changed: Partial<Signs> = {}): Signs => ({
  lastDeliveryAt: ago(HOUR),
  lastUsedAt: ago(HOUR),
  untold: 0,
  missed: 0,
  deadLetters: 0,
  ...passes(),
  drift: null,
  users: 3,
  ...changed,
})
const last = (ms: number) => ({ lastDeliveryAt: ago(ms), lastUsedAt: ago(ms) })
const never = { lastDeliveryAt: null, lastUsedAt: null }
const titles = (changed: Partial<Signs>) => verdictOf(signs(changed), NOW).map(({ title }) => title)
const levels = (changed: Partial<Signs>) => verdictOf(signs(changed), NOW).map(({ level }) => level)

test('without a fault all is in step', () => {
  expect(titles({})).toEqual(['All in step'])
  expect(levels({})).toEqual(['good'])
})

test('a silent webhook is no fault while nobody changes', () => {
  expect(titles(last(200 * 24 * HOUR))).toEqual(['All in step'])
  expect(titles(never)).toEqual(['All in step'])
})

test('a webhook that stays away although users change is told with how long and how many', () => {
  const changed = { ...last(26 * HOUR), untold: 3 }
  expect(titles(changed)).toEqual(['No webhook for 26 hours although 3 users have changed'])
  expect(levels(changed)).toEqual(['bad'])
  expect(verdictOf(signs(changed), NOW)[0]?.detail).toMatch(/^Check the endpoint in Clerk/)
})

test('a webhook that has been dead for six months is told so', () => {
  expect(titles({ ...last(182 * 24 * HOUR), untold: 1 })).toEqual([
    'No webhook for 182 days although 1 user has changed',
  ])
})

test('deliveries of no use do not make up for those that would be of use', () => {
  const changed = { lastDeliveryAt: ago(MINUTE), lastUsedAt: ago(26 * HOUR), untold: 3 }
  expect(titles(changed)).toEqual(['No webhook of use for 26 hours although 3 users have changed'])
  expect(verdictOf(signs(changed), NOW)[0]?.detail).toMatch(/dead letters[\s\S]*CLERK_INSTANCE_ID/)
  const never = { ...changed, lastUsedAt: null }
  expect(titles(never)).toEqual(['No webhook of use has ever arrived although 3 users have changed'])
  expect(levels(never)).toEqual(['bad'])
})

test('more users than are looked at are told as at least so many', () => {
  expect(titles({ ...never, untold: 10_000 })).toEqual([
    'No webhook has ever arrived although at least 10,000 users have changed',
  ])
  expect(titles({ missed: 10_001 })).toEqual([
    'Webhooks have missed at least 10,001 users in the last 24 hours',
  ])
})

test('an endpoint that has never been heard of is told so', () => {
  expect(titles({ ...never, untold: 2 })).toEqual([
    'No webhook has ever arrived although 2 users have changed',
  ])
})

test('what passes had to mend is told as missed, unless it is said already why', () => {
  expect(titles({ missed: 40 })).toEqual(['Webhooks have missed 40 users in the last 24 hours'])
  expect(titles({ missed: 1 })).toEqual(['Webhooks have missed 1 user in the last 24 hours'])
  expect(levels({ missed: 1 })).toEqual(['warn'])
  expect(titles({ missed: 40, ...last(26 * HOUR), untold: 3 })).toEqual([
    'No webhook for 26 hours although 3 users have changed',
  ])
})

test('users whom passes cannot hold are told', () => {
  expect(titles(passes({ unreadable: 500, conflicts: 1 }))).toEqual([
    '500 users of Clerk’s cannot be read',
    '1 user without the address that Clerk shows',
  ])
  expect(levels(passes({ unreadable: 500, conflicts: 1 }))).toEqual(['warn', 'warn'])
})

test('deliveries that could not be used are counted', () => {
  expect(titles({ deadLetters: 12 })).toEqual(['12 deliveries could not be used'])
  expect(titles({ deadLetters: 1 })).toEqual(['One delivery could not be used'])
  expect(titles({ deadLetters: 100_001 })).toEqual(['100,000+ deliveries could not be used'])
  expect(levels({ deadLetters: 12 })).toEqual(['warn'])
})

test('the last pass that has ended with a stop or a failure says why in its own words', () => {
  expect(titles(passes({ lastStatus: 'stopped', lastReason: 'Clerk has 1 user, Neon 10' }))).toEqual([
    'The last pass stopped: Clerk has 1 user, Neon 10',
  ])
  expect(titles(passes({ lastStatus: 'failed', lastReason: 'Clerk cannot be reached' }))).toEqual([
    'The last pass failed: Clerk cannot be reached',
  ])
  expect(titles(passes({ lastStatus: 'failed' }))).toEqual(['The last pass failed: it did not say why'])
})

test('that no pass has come through is told after three hours', () => {
  const since = (ms: number) => titles(passes({ lastCompleteAt: ago(ms) }))
  expect(since(2.9 * HOUR)).toEqual(['All in step'])
  expect(since(3.1 * HOUR)).toEqual(['No pass has come through for 3 hours'])
  expect(since(72 * HOUR)).toEqual(['No pass has come through for 3 days'])
})

test('whether it is the clock that does not ring or the passes that do not end is told with it', () => {
  const detail = (lastStartedAt: Date) =>
    verdictOf(signs(passes({ lastCompleteAt: ago(72 * HOUR), lastStartedAt })), NOW)[0]?.detail
  expect(detail(ago(HOUR))).toMatch(/do not come to their end/)
  expect(detail(ago(70 * HOUR))).toMatch(/cron trigger/)
})

test('a first pass may take its time, but not half a day', () => {
  const first = (ms: number) =>
    titles(passes({ firstStartedAt: ago(ms), lastCompleteAt: null, lastStatus: null }))
  expect(first(2.9 * HOUR)).toEqual(['All in step'])
  expect(first(12 * HOUR)).toEqual(['No pass has come through for 12 hours'])
})

test('dry runs alone are no passes', () => {
  const none = { firstStartedAt: null, lastStartedAt: null, lastCompleteAt: null, lastStatus: null }
  expect(titles(passes(none))).toEqual(['No pass has ever run'])
})

test('what a dry run has found is told, whatever else there is to say', () => {
  const drift = (missing: number, outdated: number, orphaned: number) => ({
    drift: { at: ago(HOUR), clerk: 10, neon: 10, apart: 0, missing, outdated, orphaned },
  })
  expect(titles(drift(0, 0, 0))).toEqual(['All in step'])
  expect(titles(drift(1, 0, 0))).toEqual(['The last dry run found 1 user out of step'])
  expect(titles({ ...drift(1, 2, 3), ...passes({ lastStatus: 'stopped', lastReason: 'why' }) })).toEqual([
    'The last pass stopped: why',
    'The last dry run found 6 users out of step',
  ])
})

test('an empty house is no fault', () => {
  const none = { firstStartedAt: null, lastStartedAt: null, lastCompleteAt: null, lastStatus: null }
  const nothing = { ...never, ...passes(none), users: 0 }
  expect(titles(nothing)).toEqual(['Nobody to keep in step yet'])
  expect(levels(nothing)).toEqual(['good'])
})

test('of several faults the worst comes first', () => {
  const overdue = { lastCompleteAt: ago(48 * HOUR) }
  const faults = { ...passes(overdue), deadLetters: 2, untold: 5, ...last(48 * HOUR) }
  expect(levels(faults)).toEqual(['bad', 'warn', 'warn'])
  expect(titles(faults)[0]).toMatch(/^No webhook for 2 days/)
  const stopped = passes({ ...overdue, lastStatus: 'stopped', lastReason: 'why' })
  expect(levels({ ...faults, ...stopped })).toEqual(['bad', 'bad', 'warn', 'warn'])
})

test.each([
  [0, '1 minute'],
  [10 * MINUTE, '10 minutes'],
  [59 * MINUTE + 59_999, '59 minutes'],
  [HOUR, '1 hour'],
  [47 * HOUR, '47 hours'],
  [48 * HOUR, '2 days'],
])('%i ms are %s', (ms, words) => {
  expect(span(ms)).toBe(words)
})
