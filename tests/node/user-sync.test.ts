/** The rules of the page's sync, each in a world with its own clock, server and Clerk. */
import { expect, test, vi } from 'vitest'
import { person, problem, row, settled, world } from './user-sync-world.ts'

const SYNCED = { outcome: 'unchanged', user: row() }

test('before anyone is known the state is syncing, and nothing is sent', () => {
  const { sync, requests } = world()
  expect(sync.stateFor(undefined).status).toBe('syncing')
  expect(requests).toHaveLength(0)
})

test('a visitor is signed out, and nothing is sent', async () => {
  const { state, signOut, requests, log } = world()
  await signOut()
  expect(state()).toEqual({ status: 'signed-out', deleted: false })
  expect(requests).toHaveLength(0)
  expect(log).toEqual([])
})

test('signing in sends the profile with the token and ends synced', async () => {
  const { state, signIn, request, clock } = world()
  await signIn(person())
  expect(state().status).toBe('syncing')
  expect(request(0).authorization).toBe('Bearer token-of-ada')
  expect(request(0).body).toEqual({
    userId: 'user_ada',
    email: 'ada@example.test',
    firstName: 'Ada',
    lastName: null,
    imageUrl: 'https://img.clerk.com/ada',
    updatedAt: '2026-01-02T03:04:05.678Z',
  })
  await request(0).answer(200, { outcome: 'created', user: row() })
  expect(state()).toEqual({ status: 'synced', outcome: 'created', user: row(), lastSyncedAt: clock.now })
})

test('a start and a finish are logged, without anything about the person', async () => {
  const { signIn, request, log } = world()
  await signIn(person())
  await request(0).answer(200, SYNCED)
  expect(log).toEqual(['User sync started', 'User sync finished: unchanged'])
})

test('however many components and effects tell of the same user and version, it is synced once', async () => {
  const { sync, signIn, request, requests } = world()
  await signIn(person())
  sync.observe(person())
  sync.observe(person())
  await request(0).answer(200, SYNCED)
  await signIn(person())
  expect(requests).toHaveLength(1)
})

test('a new version of the profile is synced again, and the known row stays meanwhile', async () => {
  const { state, signIn, request, requests, clock } = world()
  await signIn(person())
  await request(0).answer(200, SYNCED)
  const first = clock.now
  await clock.pass(5_000)
  await signIn(person({ version: '2' }))
  expect(requests).toHaveLength(2)
  expect(state()).toEqual({ status: 'syncing', retrying: null, user: row(), lastSyncedAt: first })
  await request(1).answer(200, { outcome: 'updated', user: row() })
  expect(state()).toMatchObject({ status: 'synced', outcome: 'updated', lastSyncedAt: clock.now })
})

test('a new version during a sync replaces it: the old request is aborted, its answer ignored', async () => {
  const { state, signIn, request } = world()
  await signIn(person())
  await signIn(person({ version: '2' }))
  expect(request(0).aborted).toBe(true)
  await request(0).answer(200, SYNCED)
  expect(state().status).toBe('syncing')
  await request(1).answer(200, { outcome: 'updated', user: row() })
  expect(state()).toMatchObject({ status: 'synced', outcome: 'updated' })
})

test('after an account switch the late answer of the first user changes nothing for the second', async () => {
  const { state, signIn, request, log } = world()
  await signIn(person())
  await signIn(person({ id: 'user_bob', getToken: async () => 'token-of-bob' }))
  expect(request(0).aborted).toBe(true)
  expect(request(1).authorization).toBe('Bearer token-of-bob')
  await request(0).answer(200, SYNCED)
  expect(state()).toEqual({ status: 'syncing', retrying: null, user: null, lastSyncedAt: null })
  await request(1).answer(200, { outcome: 'created', user: row('user_bob') })
  expect(state()).toMatchObject({ status: 'synced', user: { id: 'user_bob' } })
  expect(log.filter((line) => line.includes('finished'))).toHaveLength(1)
})

test('a token that arrives after the switch is not used', async () => {
  const { signIn, request, requests } = world()
  const slow = Promise.withResolvers<string>()
  await signIn(person({ getToken: () => slow.promise }))
  await signIn(person({ id: 'user_bob' }))
  slow.resolve('token-of-ada')
  await settled()
  expect(requests).toHaveLength(1)
  expect(request(0).body).toMatchObject({ userId: 'user_bob' })
})

test('a component that asks for the next user first is not shown the state of the previous one', async () => {
  const { sync, signIn, request } = world()
  await signIn(person())
  await request(0).answer(200, SYNCED)
  expect(sync.stateFor('user_bob')).toEqual({
    status: 'syncing',
    retrying: null,
    user: null,
    lastSyncedAt: null,
  })
  expect(sync.stateFor(null)).toEqual({ status: 'signed-out', deleted: false })
  expect(sync.stateFor(undefined)).toMatchObject({ status: 'syncing', user: null })
})

test('a switch from a synced user takes nothing of their row along', async () => {
  const { state, signIn, request } = world()
  await signIn(person())
  await request(0).answer(200, SYNCED)
  await signIn(person({ id: 'user_bob' }))
  expect(state()).toEqual({ status: 'syncing', retrying: null, user: null, lastSyncedAt: null })
})

test('the state keeps its identity until it changes, as React asks of a store', async () => {
  const { sync, signIn } = world()
  await signIn(person())
  expect(sync.stateFor('user_ada')).toBe(sync.stateFor('user_ada'))
  expect(sync.stateFor('user_bob')).toBe(sync.stateFor('user_bob'))
})

test('signing in again as the same user syncs again', async () => {
  const { signIn, signOut, request, requests } = world()
  await signIn(person({ heldToken: () => null }))
  await request(0).answer(200, SYNCED)
  await signOut()
  await signIn(person())
  expect(requests).toHaveLength(2)
})

test('"sync now" sends again; while a sync runs it adds none', async () => {
  const { sync, signIn, request, requests } = world()
  await signIn(person())
  sync.syncNow()
  expect(requests).toHaveLength(1)
  await request(0).answer(200, SYNCED)
  sync.syncNow()
  await settled()
  expect(requests).toHaveLength(2)
})

test('"sync now" does nothing for a visitor', async () => {
  const { sync, signOut, requests } = world()
  await signOut()
  sync.syncNow()
  await settled()
  expect(requests).toHaveLength(0)
})

test('a refused token is tried once more with a fresh one', async () => {
  const getToken = vi.fn(async ({ skipCache }: { skipCache: boolean }) => (skipCache ? 'fresh' : 'cached'))
  const { state, signIn, request } = world()
  await signIn(person({ getToken }))
  await request(0).answer(401, problem(401, 'unauthenticated'))
  expect(request(1).authorization).toBe('Bearer fresh')
  await request(1).answer(200, SYNCED)
  expect(state().status).toBe('synced')
})

test('a fresh token that is refused as well is final', async () => {
  const { state, signIn, request, requests, clock } = world()
  await signIn(person())
  await request(0).answer(401, problem(401, 'unauthenticated'))
  await request(1).answer(401, problem(401, 'unauthenticated'))
  expect(state()).toMatchObject({ status: 'failed', problem: { code: 'unauthenticated' }, retryAt: null })
  await clock.pass(600_000)
  expect(requests).toHaveLength(2)
})

test('without a token nothing is sent, and the person is told that the session has ended', async () => {
  const { state, signIn, requests } = world()
  await signIn(person({ getToken: async () => null }))
  expect(requests).toHaveLength(0)
  expect(state()).toMatchObject({
    status: 'failed',
    problem: { code: 'unauthenticated', requestId: null },
    retryAt: null,
  })
})

test('a deleted account is told so and signed out, and the notice outlives the session', async () => {
  const signOut = vi.fn(async () => {})
  const scene = world()
  await scene.signIn(person({ signOut }))
  await scene.request(0).answer(401, problem(401, 'user_deleted'))
  expect(signOut).toHaveBeenCalledOnce()
  expect(scene.state()).toMatchObject({ status: 'failed', problem: { code: 'user_deleted' }, retryAt: null })
  await scene.signOut()
  expect(scene.state()).toEqual({ status: 'signed-out', deleted: true })
  expect(scene.requests).toHaveLength(1)
})

test('a deleted account whose sign-out fails goes on saying that it is deleted', async () => {
  const { state, signIn, request } = world()
  await signIn(person({ signOut: () => Promise.reject(new Error('Clerk is away')) }))
  await request(0).answer(401, problem(401, 'user_deleted'))
  expect(state()).toMatchObject({ status: 'failed', problem: { code: 'user_deleted' } })
})

test('when a session ends, its last token asks once whether the account was deleted', async () => {
  const { state, signIn, signOut, request, requests } = world()
  await signIn(person())
  await request(0).answer(200, SYNCED)
  await signOut()
  expect(state()).toEqual({ status: 'signed-out', deleted: false })
  expect(request(1).authorization).toBe('Bearer held-token-of-ada')
  expect(request(1).body).toEqual({ userId: 'user_ada' })
  await request(1).answer(401, problem(401, 'user_deleted'))
  expect(state()).toEqual({ status: 'signed-out', deleted: true })
  await signOut()
  expect(state()).toEqual({ status: 'signed-out', deleted: true })
  expect(requests).toHaveLength(2)
})

test.each([
  ['an existing account', 200, SYNCED],
  ['an expired token', 401, problem(401, 'unauthenticated')],
  ['an outage', 503, problem(503, 'database_unavailable')],
  ['a page of a proxy', 401, '<html>'],
  ['a success that only mentions it', 200, problem(200, 'user_deleted')],
])('after an ordinary sign-out, %s says nothing', async (_what, status, body) => {
  const { state, signIn, signOut, request, requests, clock } = world()
  await signIn(person())
  await signOut()
  await request(1).answer(status, body)
  expect(state()).toEqual({ status: 'signed-out', deleted: false })
  await clock.pass(600_000)
  expect(requests).toHaveLength(2)
})

test('a network that fails after a sign-out says nothing', async () => {
  const { state, signIn, signOut, request } = world()
  await signIn(person())
  await signOut()
  await request(1).fail(new TypeError('Failed to fetch'))
  expect(state()).toEqual({ status: 'signed-out', deleted: false })
})

test('whoever signs in next is not told of the deletion before them', async () => {
  const { state, signIn, signOut, request } = world()
  await signIn(person())
  await signOut()
  await signIn(person({ id: 'user_bob' }))
  expect(request(1).aborted).toBe(true)
  await request(1).answer(401, problem(401, 'user_deleted'))
  expect(state().status).toBe('syncing')
  await request(2).answer(200, { outcome: 'created', user: row('user_bob') })
  expect(state()).toMatchObject({ status: 'synced', user: { id: 'user_bob' } })
})

test('after signing out nothing of the user is left in the state, and nothing is retried', async () => {
  const { state, signIn, signOut, request, requests, clock } = world()
  await signIn(person({ heldToken: () => null }))
  await request(0).answer(503, problem(503, 'database_unavailable'))
  await signOut()
  await clock.pass(600_000)
  expect(state()).toEqual({ status: 'signed-out', deleted: false })
  expect(requests).toHaveLength(1)
  expect(clock.waits()).toEqual([])
})
