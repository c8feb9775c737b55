/** POST /api/admin/dead-letters/:messageId/retry: what is done with a letter whose body is gone. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { deleted, deliver, event, post, signed, updated, user } from './deliveries.ts'
import {
  arm,
  banClerkUser,
  call,
  callAs,
  deleteClerkUser,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  newClerkUser,
  requestsTo,
  resetStandIns,
  sql,
} from './support.ts'
import { tokenFor } from './tokens.ts'

const ADMIN = 'user_Admin'
const bindings = { ADMIN_USER_IDS: ADMIN }

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

const path = (messageId: string) => `/api/admin/dead-letters/${encodeURIComponent(messageId)}/retry`
const retry = (messageId = 'msg_dead', subject = ADMIN) =>
  callAs(subject, path(messageId), { method: 'POST', bindings })

/** A delivery about this user in a form that nobody could read. */
const unreadable = (id: string) => event('user.updated', user(1, { id, updated_at: 'tomorrow' }))
const deadLetterAbout = (id: string, messageId = 'msg_dead') => deliver(unreadable(id), { messageId })

const letter = async (messageId = 'msg_dead') => {
  const [row] = await sql(
    'select outcome, reason, user_id, attempts, lag_ms from webhook_deliveries where message_id = $1',
    [messageId],
  )
  return row
}
const rows = () =>
  sql(`select user_id, version::float8 as version, deleted_at is not null as deleted, source, first_name
       from sync_state left join users on id = user_id order by user_id`)

describe('whom a dead letter is about', () => {
  test.each([
    ['a user in an unknown form', event('user.created', { id: 'user_Odd' }), 'not a user', 'user_Odd'],
    [
      'a deletion that says no',
      event('user.deleted', { id: 'user_Odd', deleted: false }),
      'not a deletion',
      'user_Odd',
    ],
    ['an id of another form', event('user.updated', { id: 'org_1' }), 'not a user', null],
    ['an id of 300 characters', event('user.updated', { id: `user_${'x'.repeat(300)}` }), 'not a user', null],
    ['an id that is no text', event('user.updated', { id: 7 }), 'not a user', null],
    ['nothing', event('user.updated', null), 'not a user', null],
    [
      'another instance’s user',
      event('user.created', user(1), { instance_id: 'ins_Other' }),
      'another instance',
      null,
    ],
    ['an unknown type', event('session.created', { id: 'user_Odd' }), 'unknown type', null],
  ])('%s', async (_name, body, reason, userId) => {
    await expectUnchanged(() => deliver(body, { messageId: 'msg_dead' }))
    expect(await letter()).toMatchObject({ outcome: 'dead-letter', reason, user_id: userId })
  })

  test('a letter that comes again is about whom it says then', async () => {
    const body = unreadable('user_Odd')
    await post(body, signed(body, { messageId: 'msg_dead' }), { CLERK_INSTANCE_ID: 'ins_Other' })
    expect(await letter()).toMatchObject({ reason: 'another instance', user_id: null })
    await deliver(body, { messageId: 'msg_dead' })
    expect(await letter()).toMatchObject({ reason: 'not a user', user_id: 'user_Odd', attempts: 2 })
  })

  test('an admin’s report names the user', async () => {
    await deadLetterAbout('user_Odd')
    const { body } = await callAs(ADMIN, '/api/admin/sync', { bindings })
    expect(body).toMatchObject({ deadLetters: [{ messageId: 'msg_dead', userId: 'user_Odd' }] })
  })
})

describe('tried again', () => {
  test('Clerk’s user of now is applied, and the letter leaves the list, for two requests to the database and one to Clerk', async () => {
    const { id, updated_at } = await newClerkUser()
    await deadLetterAbout(id)
    await resetStandIns()
    const answer = await retry()
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'created' } })
    expect(answer.logs[0]).toMatchObject({
      outcome: 'created',
      route: '/api/admin/dead-letters/:messageId/retry',
    })
    expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql', 'POST /sql'])
    expect(await requestsTo('TEST_CLERK')).toEqual([`GET /v1/users/${id}`])
    expect(await letter()).toEqual({
      outcome: 'created',
      reason: null,
      user_id: id,
      attempts: 1,
      lag_ms: null,
    })
    expect(await rows()).toEqual([
      { user_id: id, version: updated_at, deleted: false, source: 'webhook', first_name: 'Ada' },
    ])
  })

  test('a second time answers the same and asks Clerk for nothing', async () => {
    const { id } = await newClerkUser()
    await deadLetterAbout(id)
    await retry()
    await resetStandIns()
    const answer = await expectUnchanged(() => retry())
    expect(answer.body).toEqual({ outcome: 'created' })
    expect(await requestsTo('TEST_CLERK')).toEqual([])
    expect(await letter()).toMatchObject({ outcome: 'created', attempts: 1 })
  })

  test('twenty times at once applies it once', async () => {
    const { id } = await newClerkUser()
    await deadLetterAbout(id)
    const token = await tokenFor(ADMIN)
    const { default: worker } = await import('../../worker/index.ts')
    const { createExecutionContext } = await import('cloudflare:test')
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const request = new Request(`https://app.example.com${path('msg_dead')}`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${token}` },
        })
        return (await worker.fetch(request, { ...env, ...bindings }, createExecutionContext())).json()
      }),
    )
    expect(answers).toEqual(Array(20).fill({ outcome: 'created' }))
    expect(await letter()).toMatchObject({ outcome: 'created', attempts: 1 })
    expect(await rows()).toHaveLength(1)
  })

  test('what Clerk has resent meanwhile stays as it is', async () => {
    const { id, updated_at } = await newClerkUser()
    await deadLetterAbout(id)
    await deliver(event('user.updated', user(updated_at, { id, email_addresses: [] })), {
      messageId: 'msg_dead',
    })
    expect((await retry()).body).toEqual({ outcome: 'created' })
    expect(await letter()).toMatchObject({ outcome: 'created', user_id: id, attempts: 2 })
  })

  test.each([
    ['is held in this version', 0, 'unchanged'],
    ['is newer with us', 1, 'stale'],
  ])('a user who %s: nothing is written, and the letter is settled', async (_name, newer, outcome) => {
    const { id, updated_at } = await newClerkUser()
    await deliver(updated(updated_at + newer, { id }))
    await deadLetterAbout(id)
    expect((await expectUnchanged(() => retry())).body).toEqual({ outcome })
    expect(await letter()).toMatchObject({ outcome, reason: null })
  })

  test('a user who was deleted with us stays deleted', async () => {
    const { id } = await newClerkUser()
    await deliver(deleted(id))
    await deadLetterAbout(id)
    expect((await expectUnchanged(() => retry())).body).toEqual({ outcome: 'deleted' })
    expect(await rows()).toMatchObject([{ user_id: id, deleted: true }])
  })

  test('a ban comes with it', async () => {
    const { id } = await newClerkUser()
    await banClerkUser(id)
    await deadLetterAbout(id)
    await retry()
    expectProblem(await callAs(id, '/api/user'), 403, 'user_banned')
  })

  test('an address that another user holds goes to the newer claim, at the cost of one request more', async () => {
    const email = `shared-${Date.now()}@example.com`
    await deliver(updated(1, { id: 'user_Older', email_addresses: [{ id: 'idn_1', email_address: email }] }))
    const { id } = await newClerkUser({ email_address: [email] })
    await deadLetterAbout(id)
    await resetStandIns()
    expect((await retry()).body).toEqual({ outcome: 'created' })
    expect(await requestsTo('TEST_NEON')).toHaveLength(3)
    expect(await sql('select id, email from users order by email')).toEqual([
      { id, email },
      { id: 'user_Older', email: null },
    ])
  })
})

describe('to no avail', () => {
  test('a user whom Clerk does not have is not buried, and the letter says why it stays', async () => {
    const { id } = await newClerkUser()
    await deliver(updated(1, { id }))
    await deleteClerkUser(id)
    await deadLetterAbout(id)
    expect((await expectUnchanged(() => retry())).body).toEqual({ outcome: 'dead-letter' })
    expect(await rows()).toMatchObject([{ user_id: id, deleted: false }])
    expect(await letter()).toMatchObject({ outcome: 'dead-letter', reason: 'not in Clerk', user_id: id })
    // Perhaps it was another instance's key: a later try is as good as the first.
    expect((await retry()).body).toEqual({ outcome: 'dead-letter' })
  })

  test('a user whom we still cannot read leaves the letter as it was', async () => {
    await deadLetterAbout('user_Odd')
    await arm('TEST_CLERK', {
      act: { kind: 'respond', status: 200, body: '{"id":"user_Odd","updated_at":"tomorrow"}' },
    })
    expect((await expectUnchanged(() => retry())).body).toEqual({ outcome: 'dead-letter' })
    expect(await letter()).toMatchObject({ outcome: 'dead-letter', reason: 'not a user' })
  })

  test.each([
    ['an outage', { status: 500, body: 'oops' }, 503, 'clerk_unavailable'],
    ['a 404 that is not Clerk’s word', { status: 404, body: '<html>' }, 503, 'clerk_unavailable'],
    ['another user', { status: 200, body: '{"id":"user_Other"}' }, 503, 'clerk_unavailable'],
    ['a refused key', { status: 401, body: '{"errors":[]}' }, 503, 'misconfigured'],
  ] as const)('%s of Clerk’s changes nothing', async (_name, answer, status, code) => {
    await deadLetterAbout('user_Odd')
    const before = await letter()
    await arm('TEST_CLERK', { act: { kind: 'respond', ...answer } })
    expectProblem(await expectUnchanged(() => retry()), status, code)
    expect(await letter()).toEqual(before)
  })

  test('user and letter are written together or not at all', async () => {
    const { id } = await newClerkUser()
    await deadLetterAbout(id)
    await sql(`alter table webhook_deliveries add constraint refused check (outcome = 'dead-letter')`)
    try {
      expect((await expectUnchanged(() => retry())).status).toBe(500)
    } finally {
      await sql('alter table webhook_deliveries drop constraint refused')
    }
    expect(await rows()).toEqual([])
    expect(await letter()).toMatchObject({ outcome: 'dead-letter' })
  })

  test.each([
    ['about nobody whom we know', event('session.created', { id: 'user_Odd' })],
    ['of another instance', event('user.created', user(1), { instance_id: 'ins_Other' })],
    ['without JSON', '{'],
  ])('a letter %s is a 409, and Clerk is not asked', async (_name, body) => {
    await deliver(body, { messageId: 'msg_dead' })
    await resetStandIns()
    const answer = await expectUnchanged(() => retry())
    expectProblem(answer, 409, 'conflict')
    expect(answer.body).toMatchObject({ detail: 'Only Clerk can send this one again.' })
    expect(await requestsTo('TEST_CLERK')).toEqual([])
  })

  test.each(['msg_none', "x' or true", '%', '../sync'])(
    'the letter %j, which is none, is a 404',
    async (messageId) => {
      expectProblem(await expectUnchanged(() => retry(messageId)), 404, 'not_found')
      expect(await requestsTo('TEST_CLERK')).toEqual([])
    },
  )
})

test.each(['\0', 'msg_\0', 'x'.repeat(256)])(
  'a name that no letter could have is not found, and the database is not asked: %j',
  async (messageId) => {
    expectProblem(await expectUntouched(() => retry(messageId)), 404, 'not_found')
  },
)

describe('who may', () => {
  test('nobody without a token', async () => {
    const answer = await expectUntouched(() => call(path('msg_dead'), { method: 'POST', bindings }))
    expectProblem(answer, 401, 'unauthenticated')
  })

  test('nobody who is no admin, nor who only acts as one', async () => {
    expectProblem(await expectUntouched(() => retry('msg_dead', 'user_Stranger')), 403, 'forbidden')
    const headers = { Authorization: `Bearer ${await tokenFor(ADMIN, { act: { sub: 'user_Support' } })}` }
    const answer = await expectUntouched(() => call(path('msg_dead'), { method: 'POST', headers, bindings }))
    expectProblem(answer, 403, 'forbidden')
  })

  test.each([
    ['deleted_at', 401, 'user_deleted'],
    ['banned_at', 403, 'user_banned'],
  ])('not an admin with %s, and Clerk is not asked', async (column, status, code) => {
    await sql(
      `insert into sync_state (user_id, version, ${column}, source) values ($1, 1, now(), 'webhook')`,
      [ADMIN],
    )
    await deadLetterAbout('user_Odd')
    await resetStandIns()
    expectProblem(await expectUnchanged(() => retry()), status, code)
    expect(await requestsTo('TEST_CLERK')).toEqual([])
  })
})
