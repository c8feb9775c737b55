/** When the page's sync tries again, and when it does not. */
import { expect, test } from 'vitest'
import { isRetryable, retryAfterMs, retryDelay } from '../../web/src/api/retry.ts'
import { person, problem, row, settled, world } from './user-sync-world.ts'

const SYNCED = { outcome: 'unchanged', user: row() }
const UNAVAILABLE = problem(503, 'database_unavailable')
const NOON = Date.parse('2026-05-05T12:00:00Z')

test('an outage is shown with its problem and the time of the next attempt, and ends by itself', async () => {
  const { state, signIn, request, clock } = world({ random: 0.5 })
  await signIn(person())
  await request(0).answer(503, UNAVAILABLE)
  expect(state()).toMatchObject({
    status: 'failed',
    problem: { code: 'database_unavailable', status: 503, requestId: 'req-1', detail: 'What to do.' },
    retryAt: clock.now + 1_000,
  })
  await clock.pass(1_000)
  expect(state()).toMatchObject({ status: 'syncing', retrying: { code: 'database_unavailable' } })
  await request(1).answer(200, SYNCED)
  expect(state().status).toBe('synced')
  expect(clock.waits()).toEqual([])
})

test('the last good row and its time are kept while a later sync fails', async () => {
  const { sync, state, signIn, request, clock } = world()
  await signIn(person())
  await request(0).answer(200, SYNCED)
  const lastSyncedAt = clock.now
  await clock.pass(60_000)
  sync.syncNow()
  await settled()
  await request(1).answer(500, problem(500, 'internal'))
  expect(state()).toMatchObject({ status: 'failed', user: row(), lastSyncedAt })
})

test('the wait doubles with every failure up to half a minute', async () => {
  const { signIn, requests, request, clock } = world({ random: 0.999 })
  await signIn(person())
  const waits: number[] = []
  for (let attempt = 0; attempt < 7; attempt++) {
    await request(attempt).answer(503, UNAVAILABLE)
    const [wait = 0] = clock.waits()
    waits.push(Math.round(wait / 1_000))
    await clock.pass(wait)
  }
  expect(waits).toEqual([2, 4, 8, 16, 30, 30, 30])
  expect(requests).toHaveLength(8)
})

test('a success begins the waits anew', async () => {
  const { sync, signIn, request, clock } = world({ random: 0.5 })
  await signIn(person())
  await request(0).answer(503, UNAVAILABLE)
  await clock.pass(1_000)
  await request(1).answer(200, SYNCED)
  sync.syncNow()
  await settled()
  await request(2).answer(503, UNAVAILABLE)
  expect(clock.waits()).toEqual([1_000])
})

test('a new profile begins the waits anew, and is bound by no earlier Retry-After', async () => {
  const { sync, signIn, request, requests, clock } = world({ random: 0.5 })
  await signIn(person())
  await request(0).answer(503, UNAVAILABLE, { 'Retry-After': '60' })
  await signIn(person({ version: '2' }))
  await request(1).answer(503, UNAVAILABLE)
  expect(clock.waits()).toEqual([1_000])
  sync.wake()
  await settled()
  expect(requests).toHaveLength(3)
})

test('the wait is anywhere between nothing and the whole: nobody returns in step', () => {
  expect(retryDelay(3, 0, 0)).toBe(0)
  expect(retryDelay(3, 0, 0.5)).toBe(4_000)
})

test('Retry-After is the least that is waited', async () => {
  const { signIn, request, clock, requests } = world({ random: 0 })
  await signIn(person())
  await request(0).answer(503, UNAVAILABLE, { 'Retry-After': '7' })
  expect(clock.waits()).toEqual([7_000])
  await clock.pass(6_999)
  expect(requests).toHaveLength(1)
  await clock.pass(1)
  expect(requests).toHaveLength(2)
})

test.each([
  ['120', 120_000],
  [' 5 ', 5_000],
  [new Date(NOON + 30_000).toUTCString(), 30_000],
  [new Date(NOON - 30_000).toUTCString(), 0],
  [new Date(NOON + 86_400_000).toUTCString(), 86_400_000],
  ['soon', 0],
  ['', 0],
  [undefined, 0],
])('Retry-After %j asks for %i ms', (header, ms) => {
  expect(retryAfterMs(header, NOON)).toBe(ms)
})

test.each(['999999999', new Date(NOON + 86_400_000).toUTCString()])(
  'a mistaken Retry-After of %j is waited for five minutes',
  async (header) => {
    const { signIn, request, clock } = world({ random: 0 })
    await signIn(person())
    await request(0).answer(503, UNAVAILABLE, { 'Retry-After': header })
    expect(clock.waits()).toEqual([300_000])
  },
)

test('when the network or the person is back, a waiting retry is made at once', async () => {
  const { sync, signIn, request, requests, clock } = world()
  await signIn(person())
  await request(0).fail(new TypeError('Failed to fetch'))
  sync.wake()
  await settled()
  expect(requests).toHaveLength(2)
  await request(1).answer(200, SYNCED)
  expect(clock.waits()).toEqual([])
})

test('being back does not shorten a wait that the server asked for', async () => {
  const { sync, signIn, request, requests, clock } = world({ random: 0.5 })
  await signIn(person())
  await request(0).answer(503, UNAVAILABLE, { 'Retry-After': '10' })
  await clock.pass(9_999)
  sync.wake()
  await settled()
  expect(requests).toHaveLength(1)
  await clock.pass(1)
  sync.wake()
  await settled()
  expect(requests).toHaveLength(2)
})

test('being back changes nothing while synced, syncing, refused for good or signed out', async () => {
  const { sync, signIn, signOut, request, requests } = world()
  const wake = async () => {
    sync.wake()
    await settled()
  }
  await wake()
  await signIn(person({ heldToken: () => null }))
  await wake()
  await request(0).answer(200, SYNCED)
  await wake()
  await signIn(person({ version: '2', heldToken: () => null }))
  await request(1).answer(403, problem(403, 'user_banned'))
  await wake()
  await signOut()
  await wake()
  expect(requests).toHaveLength(2)
})

test('a person may retry at any time, and the retry that waited is not made as well', async () => {
  const { state, signIn, request, requests, clock } = world()
  await signIn(person())
  await request(0).answer(503, UNAVAILABLE, { 'Retry-After': '60' })
  const failed = state()
  if (failed.status !== 'failed') throw new Error(failed.status)
  failed.retry()
  await settled()
  await request(1).answer(200, SYNCED)
  await clock.pass(600_000)
  expect(requests).toHaveLength(2)
})

test.each([
  [403, 'user_banned'],
  [403, 'user_mismatch'],
  [403, 'session_pending'],
  [400, 'bad_request'],
  [404, 'not_found'],
  [409, 'conflict'],
  [413, 'payload_too_large'],
  [422, 'invalid'],
])('%i %s is final until a person retries or the profile changes', async (status, code) => {
  const { state, signIn, request, requests, clock } = world()
  await signIn(person())
  await request(0).answer(status, problem(status, code))
  expect(state()).toMatchObject({ status: 'failed', problem: { status, code }, retryAt: null })
  await clock.pass(600_000)
  expect(requests).toHaveLength(1)
  await signIn(person({ version: '2' }))
  expect(requests).toHaveLength(2)
})

test.each([0, 408, 425, 429, 500, 502, 503, 504])('status %i passes, so it is retried', (status) => {
  expect(isRetryable({ title: '', code: 'any', status, requestId: null })).toBe(true)
})

test('a network that is down is a problem of its own, and retried', async () => {
  const { state, signIn, request, clock } = world()
  await signIn(person())
  await request(0).fail(new TypeError('Failed to fetch'))
  expect(state()).toMatchObject({
    status: 'failed',
    problem: { status: 0, code: 'network', requestId: null },
  })
  expect(clock.waits()).toHaveLength(1)
})

test('a token that Clerk cannot mint for want of a network is retried as well', async () => {
  const { state, signIn } = world()
  await signIn(person({ getToken: () => Promise.reject(new Error('offline')) }))
  expect(state()).toMatchObject({
    status: 'failed',
    problem: { code: 'network' },
    retryAt: expect.any(Number),
  })
})

test.each([
  ['a login page where an answer should be', 200, '<html>', true],
  ['an answer without its user', 200, { outcome: 'created' }, true],
  ['an outcome that nobody knows', 200, { outcome: 'merged', user: row() }, true],
  ['a gateway’s page', 502, '<html>', true],
  ['a firewall’s page', 403, '<html>', false],
])('%s is a local problem (%i)', async (_what, status, body, retried) => {
  const { state, signIn, request } = world()
  await signIn(person())
  await request(0).answer(status, body, { 'X-Request-Id': 'req-9' })
  expect(state()).toMatchObject({
    status: 'failed',
    problem: { code: 'bad_answer', status, requestId: 'req-9' },
    retryAt: retried ? expect.any(Number) : null,
  })
})

test('field errors of a problem are kept, and what is no field error is not', async () => {
  const { state, signIn, request } = world()
  await signIn(person())
  const errors = [{ path: 'email', message: 'is too long' }, { path: 'x' }, 'nonsense']
  await request(0).answer(422, { ...problem(422, 'invalid'), errors })
  expect(state()).toMatchObject({ problem: { errors: [{ path: 'email', message: 'is too long' }] } })
})

test('a request that does not end is given up at the deadline and retried', async () => {
  const { state, signIn, request, requests, clock } = world()
  await signIn(person())
  await clock.pass(14_999)
  expect(state().status).toBe('syncing')
  await clock.pass(1)
  expect(request(0).aborted).toBe(true)
  expect(state()).toMatchObject({
    status: 'failed',
    problem: { code: 'timeout' },
    retryAt: expect.any(Number),
  })
  await clock.pass(2_000)
  expect(requests).toHaveLength(2)
  await request(0).answer(200, { outcome: 'created', user: row() })
  expect(state().status).toBe('syncing')
})

test('the deadline holds for Clerk’s token too', async () => {
  const { state, signIn, clock } = world()
  await signIn(person({ getToken: () => new Promise(() => {}) }))
  await clock.pass(15_000)
  expect(state()).toMatchObject({ status: 'failed', problem: { code: 'timeout' } })
})

test('every attempt logs a start and a finish, and a failure its code alone', async () => {
  const { signIn, request, log } = world()
  await signIn(person())
  await request(0).answer(503, UNAVAILABLE)
  expect(log).toEqual(['User sync started', 'User sync finished: failed (database_unavailable)'])
  expect(log.join()).not.toMatch(/ada|example/)
})
