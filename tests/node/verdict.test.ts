/** How the sync is said to be doing, sign by sign. */
import { expect, test } from 'vitest'
import type { Signs } from '../../worker/admin/sync/report.ts'
import { span, verdictOf } from '../../worker/admin/sync/verdict.ts'

const NOW = Date.parse('2026-05-05T05:05:05Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const ago = (ms: number) => new Date(NOW - ms)

/** A sync that has nothing to be said against it. */
const signs = (changed: Partial<Signs> = {}): Signs => ({
  lastDeliveryAt: ago(HOUR),
  untold: 0,
  deadLetters: 0,
  lastPass: { status: 'complete', reason: null, startedAt: ago(HOUR), dryRun: false, counts: {} },
  lastRepairAt: ago(HOUR),
  users: 3,
  ...changed,
})
const pass = (
  status: 'running' | 'complete' | 'stopped' | 'failed',
  reason: string | null = null,
  ms = HOUR,
) => ({
  lastPass: { status, reason, startedAt: ago(ms), dryRun: false, counts: {} },
})
const titles = (changed: Partial<Signs>) => verdictOf(signs(changed), NOW).map(({ title }) => title)
const levels = (changed: Partial<Signs>) => verdictOf(signs(changed), NOW).map(({ level }) => level)

test('without a fault all is in step', () => {
  expect(titles({})).toEqual(['All in step'])
  expect(levels({})).toEqual(['good'])
})

test('a silent webhook is no fault while nobody changes', () => {
  expect(titles({ lastDeliveryAt: ago(200 * 24 * HOUR) })).toEqual(['All in step'])
  expect(titles({ lastDeliveryAt: null })).toEqual(['All in step'])
})

test('a webhook that stays away although users change is told with how long and how many', () => {
  const changed = { lastDeliveryAt: ago(26 * HOUR), untold: 3 }
  expect(titles(changed)).toEqual(['No webhook for 26 hours although 3 users have changed'])
  expect(levels(changed)).toEqual(['bad'])
  expect(verdictOf(signs(changed), NOW)[0]?.detail).toMatch(/^Check the endpoint in Clerk/)
})

test('a webhook that has been dead for six months is told so', () => {
  expect(titles({ lastDeliveryAt: ago(182 * 24 * HOUR), untold: 1 })).toEqual([
    'No webhook for 182 days although 1 user has changed',
  ])
})

test('more users than are looked at are told as at least so many', () => {
  expect(titles({ lastDeliveryAt: null, untold: 10_000 })).toEqual([
    'No webhook has ever arrived although at least 10000 users have changed',
  ])
})

test('an endpoint that has never been heard of is told so', () => {
  expect(titles({ lastDeliveryAt: null, untold: 2 })).toEqual([
    'No webhook has ever arrived although 2 users have changed',
  ])
})

test('deliveries that could not be used are counted', () => {
  expect(titles({ deadLetters: 12 })).toEqual(['12 deliveries could not be used'])
  expect(titles({ deadLetters: 1 })).toEqual(['One delivery could not be used'])
  expect(levels({ deadLetters: 12 })).toEqual(['warn'])
})

test('a pass that stopped or failed says why in its own words', () => {
  expect(titles(pass('stopped', 'Clerk has 1 user, Neon 10'))).toEqual([
    'The last pass stopped: Clerk has 1 user, Neon 10',
  ])
  expect(titles(pass('failed', 'Clerk cannot be reached'))).toEqual([
    'The last pass failed: Clerk cannot be reached',
  ])
  expect(titles(pass('failed'))).toEqual(['The last pass failed: it did not say why'])
})

test('a pass may take its time, but not half a day', () => {
  expect(titles(pass('running', null, 11 * HOUR))).toEqual(['All in step'])
  expect(titles(pass('running', null, 13 * HOUR))).toEqual(['A pass has been running for 13 hours'])
})

test('a clock that has stopped is told after three hours', () => {
  expect(titles({ lastRepairAt: ago(2.9 * HOUR) })).toEqual(['All in step'])
  expect(titles({ lastRepairAt: ago(3.1 * HOUR) })).toEqual(['No pass has run for 3 hours'])
  expect(titles({ lastRepairAt: ago(72 * HOUR) })).toEqual(['No pass has run for 3 days'])
})

test('dry runs alone are no passes', () => {
  expect(titles({ lastRepairAt: null })).toEqual(['No pass has ever run'])
})

test('what a dry run has found is told until it is mended', () => {
  const dryRun = (counts: Record<string, number>, mended = false) =>
    titles({ lastPass: { status: 'complete', reason: null, startedAt: ago(HOUR), dryRun: !mended, counts } })
  expect(dryRun({ listed: 500, unchanged: 500, full: 1 })).toEqual(['All in step'])
  expect(dryRun({ missing: 1 })).toEqual(['The last dry run found 1 user out of step'])
  expect(dryRun({ missing: 1, outdated: 2, orphaned: 3 })).toEqual([
    'The last dry run found 6 users out of step',
  ])
  expect(dryRun({ missing: 1 }, true)).toEqual(['All in step'])
})

test('an empty house is no fault', () => {
  const nothing = { lastDeliveryAt: null, lastPass: null, lastRepairAt: null, users: 0 }
  expect(titles(nothing)).toEqual(['Nobody to keep in step yet'])
  expect(levels(nothing)).toEqual(['good'])
})

test('of several faults the worst comes first', () => {
  const faults = { lastRepairAt: ago(48 * HOUR), deadLetters: 2, untold: 5, lastDeliveryAt: ago(48 * HOUR) }
  expect(levels(faults)).toEqual(['bad', 'warn', 'warn'])
  expect(titles(faults)[0]).toMatch(/^No webhook for 2 days/)
  expect(levels({ ...faults, ...pass('stopped', 'why') })).toEqual(['bad', 'bad', 'warn', 'warn'])
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
