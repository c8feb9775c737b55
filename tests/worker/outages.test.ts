/** The database and Clerk in trouble: the right answer within the deadline, no half-written user, and recovery. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { FaultInput } from '../../dev/faults.ts'
import { deleted, deliver } from './deliveries.ts'
import {
  arm,
  call,
  callAs,
  changeClerkUser,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  newClerkUser,
  requestsTo,
  resetStandIns,
  sql,
  sqlError,
  sync,
  TOO_LARGE,
} from './support.ts'

const SQL_REQUEST = 'POST /sql'
const iso = (milliseconds: number) => new Date(milliseconds).toISOString()

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

const htmlAnswer = (status: number): FaultInput['act'] => ({
  kind: 'respond',
  status,
  body: '<html>Bad gateway</html>',
  headers: { 'content-type': 'text/html' },
})

describe('the database does not answer', () => {
  const outages: [string, FaultInput['act']][] = [
    ['the connection is reset', { kind: 'reset' }],
    ['it hangs', { kind: 'hang' }],
    ['a 500', htmlAnswer(500)],
    ['a 502 in HTML', htmlAnswer(502)],
    ['a 200 in HTML', htmlAnswer(200)],
    ['an empty 200', { kind: 'respond', status: 200 }],
  ]
  test.each(outages)('%s: 503, nothing written, one retry', async (_name, act) => {
    const { id } = await newClerkUser()
    await arm('TEST_NEON', { act })
    const answer = await expectUnchanged(() => sync(id))
    expectProblem(answer, 503, 'database_unavailable')
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST, SQL_REQUEST])
    await resetStandIns()
    expect((await sync(id)).body).toMatchObject({ outcome: 'created' })
  })

  test.each([
    ['refused', { NEON_FETCH_ENDPOINT: 'http://127.0.0.1:9/sql' }],
    ['its name unknown', { NEON_FETCH_ENDPOINT: 'http://nowhere.invalid/sql' }],
  ])('%s: 503', async (_name, bindings) => {
    const { id } = await newClerkUser()
    expectProblem(await expectUnchanged(() => sync(id, {}, { bindings })), 503, 'database_unavailable')
    const health = await call('/api/health', { bindings })
    expect(health.status).toBe(503)
    expect(health.body).toMatchObject({ status: 'unavailable', database: { ok: false } })
  })

  test('a wrong password is a matter of configuration', async () => {
    const { id } = await newClerkUser()
    const DATABASE_URL = 'postgres://neon:wrong@127.0.0.1:1/neondb'
    const answer = await expectUnchanged(() => sync(id, {}, { bindings: { DATABASE_URL } }))
    expectProblem(answer, 503, 'misconfigured')
    expect(answer.logs[0]).toMatchObject({ variables: ['DATABASE_URL'] })
    expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST])
  })
})

describe('the database committed, and the answer was lost', () => {
  const lost: [string, FaultInput['act']][] = [
    ['reset before the head', { kind: 'lose-answer' }],
    ['reset in the body', { kind: 'cut-answer' }],
    ['a truncated 200', { kind: 'truncate-answer' }],
    ['a body that stalls', { kind: 'stall-answer' }],
  ]
  test.each(lost)('%s: it is sent once more, and the user is there once', async (_name, act) => {
    const { id } = await newClerkUser()
    await arm('TEST_NEON', { match: { body: 'insert into users' }, times: 1, act })
    const answer = await sync(id)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ user: { id, firstName: 'Ada' } })
    expect(await sql('select id from users')).toEqual([{ id }])
    expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST, SQL_REQUEST, SQL_REQUEST])
  })
})

test('an answer that we can make nothing of is a fault of ours, and not tried again', async () => {
  const results = Array.from({ length: 4 }, () => ({ fields: [], rows: [], command: 'SELECT', rowCount: 0 }))
  const body = JSON.stringify({ results })
  await arm('TEST_NEON', {
    act: { kind: 'respond', status: 200, body, headers: { 'content-type': 'application/json' } },
  })
  const answer = await deliver(deleted())
  expectProblem(answer, 500, 'internal')
  expect(answer.logs[0]).toMatchObject({ cause: { error: 'TypeError' } })
  expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST])
})

describe('the database says no', () => {
  const refusals: [code: string, status: number, problem: string, requests: number][] = [
    ['40001', 503, 'database_unavailable', 2],
    ['40P01', 503, 'database_unavailable', 2],
    ['55P03', 503, 'database_unavailable', 4],
    ['57P01', 503, 'database_unavailable', 1],
    ['57014', 503, 'database_unavailable', 1],
    ['53300', 503, 'database_unavailable', 1],
    ['08006', 503, 'database_unavailable', 1],
    ['23505', 409, 'conflict', 1],
    ['23503', 404, 'not_found', 1],
    ['22021', 422, 'invalid', 1],
    ['42P01', 500, 'internal', 1],
    ['XX000', 500, 'internal', 1],
  ]
  test.each(refusals)(
    'SQLSTATE %s: %i %s after %i request(s), logged without its message',
    async (code, status, problem, requests) => {
      const { id } = await newClerkUser()
      await sync(id)
      await resetStandIns()
      await arm('TEST_NEON', { act: sqlError(code, { constraint: 'users_email_unique' }) })
      const answer = await expectUnchanged(() => callAs(id, '/api/user'))
      expectProblem(answer, status, problem)
      expect(await requestsTo('TEST_NEON')).toHaveLength(requests)
      expect(answer.logs[0]).toMatchObject({ code: problem, cause: { errorCode: code } })
    },
  )

  test.each(['40001', '40P01'])('SQLSTATE %s once: retried, and all is well', async (code) => {
    const { id } = await newClerkUser()
    await arm('TEST_NEON', { match: { body: 'insert into users' }, times: 1, act: sqlError(code) })
    expect((await sync(id)).body).toMatchObject({ outcome: 'created' })
  })

  test('a result over Neon’s limit is ours to mend: 500, and no retry', async () => {
    await arm('TEST_NEON', { act: TOO_LARGE })
    expectProblem(await callAs('user_Anybody', '/api/user'), 500, 'internal')
    expect(await requestsTo('TEST_NEON')).toHaveLength(1)
  })
})

describe('Clerk’s Backend API is in trouble', () => {
  const outages: [string, FaultInput['act']][] = [
    ['reset', { kind: 'reset' }],
    ['hangs', { kind: 'hang' }],
    ['a 500', htmlAnswer(500)],
    ['a 200 in HTML', htmlAnswer(200)],
    ['another user than asked for', { kind: 'respond', status: 200, body: '{"id":"user_Other"}' }],
    ['a list', { kind: 'respond', status: 200, body: '[]' }],
    ['a redirect', { kind: 'respond', status: 302, headers: { location: 'http://127.0.0.1:9/steal' } }],
  ]
  test.each(outages)('%s: 503, nothing written', async (_name, act) => {
    const { id } = await newClerkUser()
    await arm('TEST_CLERK', { match: { path: '/v1/users' }, act })
    const answer = await expectUnchanged(() => sync(id))
    expectProblem(answer, 503, 'clerk_unavailable')
    expect(answer.headers.get('Retry-After')).toBeTruthy()
  })

  test('429 hands its Retry-After on', async () => {
    const { id } = await newClerkUser()
    await arm('TEST_CLERK', {
      match: { path: '/v1/users' },
      act: {
        kind: 'respond',
        status: 429,
        headers: { 'retry-after': '17' },
        body: '{"errors":[{"code":"too_many_requests"}]}',
      },
    })
    const answer = await sync(id)
    expectProblem(answer, 503, 'clerk_unavailable')
    expect(answer.headers.get('Retry-After')).toBe('17')
  })

  test('a refused secret key is a matter of configuration', async () => {
    const { id } = await newClerkUser()
    const answer = await sync(id, {}, { bindings: { CLERK_SECRET_KEY: 'sk_test_wrong' } })
    expectProblem(answer, 503, 'misconfigured')
    expect(answer.logs[0]).toMatchObject({ variables: ['CLERK_SECRET_KEY'] })
  })

  test('a 404 that is not Clerk’s word on the user deletes nobody', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    await arm('TEST_CLERK', { match: { path: '/v1/users' }, act: htmlAnswer(404) })
    expectProblem(await sync(id), 503, 'clerk_unavailable')
    expect(await sql('select id from users')).toEqual([{ id }])
  })

  test('a returning user notices nothing', async () => {
    const { id } = await newClerkUser()
    const { body } = await sync(id)
    await arm('TEST_CLERK', { act: { kind: 'reset' } })
    const { user } = body as { user: { updatedAt: string } }
    expect((await sync(id, { updatedAt: user.updatedAt })).body).toMatchObject({ outcome: 'unchanged' })
  })

  test('a change that came while Clerk was down is there when Clerk is back', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    const changed = await changeClerkUser(id, { first_name: 'Augusta' })
    await arm('TEST_CLERK', { match: { path: '/v1/users' }, times: 1, act: { kind: 'reset' } })
    expectProblem(await sync(id, { updatedAt: iso(changed.updated_at) }), 503, 'clerk_unavailable')
    expect((await sync(id, { updatedAt: iso(changed.updated_at) })).body).toMatchObject({
      outcome: 'updated',
      user: { firstName: 'Augusta' },
    })
  })
})
