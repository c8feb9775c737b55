/** The first door: POST /api/user/sync, and GET /api/user behind it. */
import { beforeEach, describe, expect, test } from 'vitest'
import {
  arm,
  banClerkUser,
  call,
  callAs,
  changeClerkUser,
  databaseHash,
  deleteClerkUser,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  newClerkUser,
  requestsTo,
  resetStandIns,
  sql,
  sync,
  unbanClerkUser,
} from './support.ts'
import { SESSION_ID, tokenFor } from './tokens.ts'

const SQL_REQUEST = 'POST /sql'
const iso = (milliseconds: number) => new Date(milliseconds).toISOString()

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

describe('what a sync costs', () => {
  test('a new user costs two database requests and one Clerk call', async () => {
    const { id, updated_at } = await newClerkUser()
    await resetStandIns()
    const answer = await sync(id, { updatedAt: iso(updated_at) })
    expect(answer.body).toMatchObject({ outcome: 'created' })
    expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST, SQL_REQUEST])
    expect(await requestsTo('TEST_CLERK')).toEqual([`GET /v1/users/${id}`])
  })

  test('a returning user whose version is the one held costs one database request and no Clerk call', async () => {
    const { id, updated_at } = await newClerkUser()
    await sync(id)
    await resetStandIns()
    const answer = await sync(id, { updatedAt: iso(updated_at) })
    expect(answer.body).toMatchObject({ outcome: 'unchanged', user: { id } })
    expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST])
    expect(await requestsTo('TEST_CLERK')).toEqual([])
  })

  test('the version may be sent in milliseconds too', async () => {
    const { id, updated_at } = await newClerkUser()
    await sync(id)
    await resetStandIns()
    expect((await sync(id, { updatedAt: updated_at })).body).toMatchObject({ outcome: 'unchanged' })
    expect(await requestsTo('TEST_CLERK')).toEqual([])
  })

  test('a changed profile costs two database requests and one Clerk call', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    const changed = await changeClerkUser(id, { first_name: 'Augusta' })
    await resetStandIns()
    const answer = await sync(id, { updatedAt: iso(changed.updated_at) })
    expect(answer.body).toMatchObject({ outcome: 'updated', user: { firstName: 'Augusta' } })
    expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST, SQL_REQUEST])
    expect(await requestsTo('TEST_CLERK')).toEqual([`GET /v1/users/${id}`])
  })

  test('reading the user costs one database request', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    await resetStandIns()
    expect((await callAs(id, '/api/user')).status).toBe(200)
    expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST])
    expect(await requestsTo('TEST_CLERK')).toEqual([])
  })
})

describe('what a sync writes', () => {
  test('the answer is Clerk’s profile, the tier FREE, and times in ISO 8601', async () => {
    const clerk = await newClerkUser({ email_address: ['ada@example.com'] })
    const { body } = await sync(clerk.id)
    expect(body).toEqual({
      outcome: 'created',
      user: {
        id: clerk.id,
        email: 'ada@example.com',
        firstName: 'Ada',
        lastName: 'Lovelace',
        imageUrl: clerk.image_url,
        tier: 'FREE',
        createdAt: iso(clerk.created_at),
        updatedAt: iso(clerk.updated_at),
      },
    })
  })

  test('whose row is gone, although the version is held, is let in again', async () => {
    const { id, updated_at } = await newClerkUser()
    const { body } = await sync(id)
    await sql('delete from users')
    expect(await sync(id, { updatedAt: updated_at })).toMatchObject({ status: 200, body })
    expect((await callAs(id, '/api/user')).status).toBe(200)
  })

  test('the body is only a hint: a forged address, name and tier are not written', async () => {
    const { id } = await newClerkUser({ email_address: ['true@example.com'] })
    const { body } = await sync(id, {
      email: 'victim@example.com',
      firstName: 'Mallory',
      tier: 'MAXX',
      role: 'admin',
      id: 'user_other',
      createdAt: '2001-01-01T00:00:00Z',
    })
    expect(body).toMatchObject({ user: { id, email: 'true@example.com', firstName: 'Ada', tier: 'FREE' } })
    expect(await sql('select id, email, tier from users')).toEqual([
      { id, email: 'true@example.com', tier: 'FREE' },
    ])
  })

  test('a sync never touches the tier', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    await sql(`update users set tier = 'PRO' where id = $1`, [id])
    await changeClerkUser(id, { first_name: 'Augusta' })
    expect((await sync(id)).body).toMatchObject({
      outcome: 'updated',
      user: { tier: 'PRO', firstName: 'Augusta' },
    })
  })

  test('a snapshot older than what is held is stale and changes nothing', async () => {
    const { id, updated_at } = await newClerkUser()
    await sync(id)
    const [held] = await sql('select * from users')
    await arm(
      'TEST_CLERK',
      respond(`/v1/users/${id}`, clerkJson(id, { updated_at: updated_at - 1, first_name: 'Old' })),
    )
    expect((await sync(id)).body).toMatchObject({ outcome: 'stale', user: { firstName: 'Ada' } })
    expect(await sql('select * from users')).toEqual([held])
  })

  test('the same snapshot again is unchanged', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    expect((await sync(id)).body).toMatchObject({ outcome: 'unchanged' })
  })

  test.each([
    ['no address at all', { email_addresses: [], primary_email_address_id: null }, null],
    ['the primary address, not the first', twoAddresses('idn_2'), 'second@example.com'],
    ['no primary among several', twoAddresses(null), null],
  ])('%s', async (_case, profile, email) => {
    const id = 'user_Addressed'
    await arm('TEST_CLERK', respond(`/v1/users/${id}`, clerkJson(id, profile)))
    expect((await sync(id)).body).toMatchObject({ outcome: 'created', user: { email } })
  })

  test('NUL and lone surrogates in a Clerk name are cleaned, never an error', async () => {
    const id = 'user_Naughty'
    const profile = clerkJson(id, {
      first_name: 'A\0da',
      last_name: '\ud800x',
      public_metadata: { __proto__: 1 },
    })
    await arm('TEST_CLERK', respond(`/v1/users/${id}`, profile))
    expect((await sync(id)).body).toMatchObject({ user: { firstName: 'Ada', lastName: '\ufffdx' } })
  })

  test.each([
    'Robert"); DROP TABLE users;--',
    '<script>alert(1)</script>',
    '\u202etest',
    '👩‍👩‍👧‍👦',
    'ﷺ',
    'null',
    '{{7*7}}',
    "O'Brien\\n",
  ])('the name %j makes an exact round trip', async (name) => {
    const id = 'user_Named'
    await arm('TEST_CLERK', respond(`/v1/users/${id}`, clerkJson(id, { first_name: name })))
    expect((await sync(id)).body).toMatchObject({ user: { firstName: name } })
    expect((await callAs(id, '/api/user')).body).toMatchObject({ user: { firstName: name } })
  })
})

describe('profiles beyond all bounds', () => {
  /** Characters as if by chance, beginning somewhere. */
  const letters = (from: number, seed: number) =>
    Array.from({ length: 10_000 }, (_, n) =>
      String.fromCodePoint(from + (((((n + seed) * 2_654_435_761) % 4_294_967_296) >>> 7) % 20_000)),
    )
  const names = (from: number) => ({
    first_name: letters(from, 1).join(''),
    last_name: letters(from, 20_000).join(''),
  })
  const cut = ({ first_name, last_name }: ReturnType<typeof names>) => ({
    firstName: [...first_name].slice(0, 256).join(''),
    lastName: [...last_name].slice(0, 256).join(''),
  })

  test.each([
    ['an address of 6 KB', address(`${'x'.repeat(6000)}@example.com`), { email: null }],
    ['a picture that is a script', { image_url: 'javascript:alert(1)' }, { imageUrl: null }],
    ['a picture that is no URL', { image_url: 'picture' }, { imageUrl: null }],
    ['a name of 10,000 characters', { first_name: 'é'.repeat(10_000) }, { firstName: 'é'.repeat(256) }],
    // Names are found by an index whose entries have 2,704 bytes: what can be compressed proves nothing.
    ['a name of 10,000 characters of three bytes', names(0x4e00), cut(names(0x4e00))],
    ['a name of 10,000 characters of four bytes', names(0x20000), cut(names(0x20000))],
  ])('%s is taken as far as it is of use', async (_name, profile, expected) => {
    const id = 'user_Boundless'
    await arm('TEST_CLERK', respond(`/v1/users/${id}`, clerkJson(id, profile)))
    expect((await sync(id)).body).toMatchObject({ outcome: 'created', user: expected })
  })

  test('a version past the year 9999 is none', async () => {
    await arm('TEST_CLERK', respond('/v1/users/user_Late', clerkJson('user_Late', { updated_at: 9e15 })))
    expectProblem(await expectUnchanged(() => sync('user_Late')), 503, 'clerk_unavailable')
  })
})

describe('addresses', () => {
  test('an address that another user held goes to the newer claim; the other has none until its own next snapshot', async () => {
    await syncAs('user_A', { updated_at: 1000, ...address('shared@example.com') })
    const newer = await syncAs('user_B', { updated_at: 2000, ...address('shared@example.com') })
    expect(newer.body).toMatchObject({ outcome: 'created', user: { email: 'shared@example.com' } })
    expect(await emails()).toEqual({ user_A: null, user_B: 'shared@example.com' })
    await syncAs('user_A', { updated_at: 1500, ...address('mine@example.com') })
    expect(await emails()).toEqual({ user_A: 'mine@example.com', user_B: 'shared@example.com' })
  })

  test('an older claim does not take an address from a newer one', async () => {
    await syncAs('user_B', { updated_at: 2000, ...address('shared@example.com') })
    const older = await syncAs('user_A', { updated_at: 1000, ...address('shared@example.com') })
    expect(older.body).toMatchObject({ outcome: 'created', user: { email: null } })
    expect(await emails()).toEqual({ user_A: null, user_B: 'shared@example.com' })
  })

  test('a handover costs one database request more', async () => {
    await syncAs('user_A', { updated_at: 1000, ...address('shared@example.com') })
    await resetStandIns()
    await syncAs('user_B', { updated_at: 2000, ...address('shared@example.com') })
    expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST, SQL_REQUEST, SQL_REQUEST])
  })
})

describe('the user who asks', () => {
  test('a body about another user is refused, and nothing of the other changes', async () => {
    const [mallory, victim] = [await newClerkUser(), await newClerkUser()]
    await sync(victim.id)
    const answer = await expectUntouched(async () =>
      callAs(mallory.id, '/api/user/sync', {
        json: { userId: victim.id, updatedAt: iso(victim.updated_at) },
      }),
    )
    expectProblem(answer, 403, 'user_mismatch')
  })

  test('a user who has never been synced is not found', async () => {
    expectProblem(await callAs('user_Unknown', '/api/user'), 404, 'not_found')
  })

  test('a deleted user is told so by every route, however good the token, and is not revived', async () => {
    const { id, updated_at } = await newClerkUser()
    await sync(id)
    await sql('delete from users where id = $1', [id])
    await sql('update sync_state set deleted_at = now() where user_id = $1', [id])
    await changeClerkUser(id, { first_name: 'Back' })
    for (const hint of [{}, { updatedAt: iso(updated_at) }]) {
      const answer = await expectUnchanged(() => sync(id, hint))
      expectProblem(answer, 401, 'user_deleted')
      expect(answer.headers.get('WWW-Authenticate')).toBeTruthy()
    }
    expectProblem(await expectUnchanged(() => callAs(id, '/api/user')), 401, 'user_deleted')
  })

  test('a user whom Clerk no longer has is told so, and nothing is written', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    await deleteClerkUser(id)
    const before = await sql('select * from users')
    expectProblem(await sync(id), 401, 'user_deleted')
    expect(await sql('select * from users')).toEqual(before)
    expect(await sql('select user_id from sync_state where deleted_at is not null')).toEqual([])
  })

  test('a banned user is refused, and let in again when the ban is lifted', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    const banned = await banClerkUser(id)
    const refused = await sync(id)
    expectProblem(refused, 403, 'user_banned')
    expect(refused.logs[0]).not.toHaveProperty('outcome')
    expectProblem(await expectUnchanged(() => callAs(id, '/api/user')), 403, 'user_banned')
    expectProblem(await sync(id, { updatedAt: iso(banned.updated_at) }), 403, 'user_banned')
    const unbanned = await unbanClerkUser(id)
    expect((await sync(id, { updatedAt: iso(unbanned.updated_at) })).body).toMatchObject({
      outcome: 'updated',
    })
    expect((await callAs(id, '/api/user')).status).toBe(200)
  })

  test('somebody who acts as the user may sync and look, and does not count as seen', async () => {
    const { id } = await newClerkUser()
    const headers = {
      Authorization: `Bearer ${await tokenFor(id, { act: { sub: 'user_Support', iss: 'x', sid: SESSION_ID } })}`,
    }
    expect((await call('/api/user/sync', { json: { userId: id }, headers })).body).toMatchObject({
      outcome: 'created',
    })
    expect((await call('/api/user/sync', { json: { userId: id }, headers })).status).toBe(200)
    expect((await call('/api/user', { headers })).status).toBe(200)
    expect(await sql('select seen_at from sync_state')).toEqual([{ seen_at: null }])
    await sync(id)
    expect(await sql('select seen_at is not null as seen from sync_state')).toEqual([{ seen: true }])
  })
})

describe('many at once', () => {
  test('500 first syncs of one user at once make one user and no error', async () => {
    const { id } = await newClerkUser()
    const token = await tokenFor(id)
    const { default: worker } = await import('../../worker/index.ts')
    const { env } = await import('cloudflare:workers')
    const { createExecutionContext } = await import('cloudflare:test')
    const request = () =>
      new Request('https://app.example.com/api/user/sync', {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ userId: id }),
      })
    const answers = await Promise.all(
      Array.from({ length: 500 }, async () => {
        for (;;) {
          const response = await worker.fetch(request(), env, createExecutionContext())
          const { outcome }: { outcome?: string } = await response.json()
          // On a slow machine the last in the line may have to ask again, as the page does.
          if (response.status !== 503) return `${response.status} ${outcome}`
        }
      }),
    )
    expect(answers.filter((answer) => answer === '200 created')).toHaveLength(1)
    expect(answers.filter((answer) => answer === '200 unchanged')).toHaveLength(499)
    expect(await sql('select count(*)::int as users from users')).toEqual([{ users: 1 }])
    expect(await sql('select count(*)::int as states from sync_state')).toEqual([{ states: 1 }])
  })
})

describe('GET /api/user', () => {
  test('the quota is the tier’s, unused, and refills at the next midnight', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    const { body } = await callAs(id, '/api/user', { bindings: { QUOTA_FREE: '7', QUOTA_TIME_ZONE: 'UTC' } })
    const midnight = new Date()
    midnight.setUTCHours(24, 0, 0, 0)
    expect(body).toMatchObject({
      quota: { limit: 7, used: 0, remaining: 7, resetAt: midnight.toISOString() },
    })
  })

  test('today’s messages count, yesterday’s do not', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    await sql(`insert into rate_limits values ($1, date_trunc('day', now(), 'UTC'), 4)`, [id])
    expect((await callAs(id, '/api/user')).body).toMatchObject({
      quota: { limit: 10, used: 4, remaining: 6 },
    })
    await sql(`update rate_limits set window_start = window_start - interval '1 day'`)
    expect((await callAs(id, '/api/user')).body).toMatchObject({ quota: { used: 0, remaining: 10 } })
  })

  test('a reading changes nothing', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    const before = await databaseHash()
    await callAs(id, '/api/user')
    expect(await databaseHash()).toBe(before)
  })
})

const respond = (path: string, body: unknown) => ({
  match: { path },
  act: {
    kind: 'respond' as const,
    status: 200,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  },
})

const clerkJson = (id: string, profile: Record<string, unknown> = {}) => ({
  id,
  object: 'user',
  first_name: 'Ada',
  last_name: 'Lovelace',
  image_url: 'https://img.clerk.com/x',
  primary_email_address_id: null,
  email_addresses: [],
  banned: false,
  created_at: 1000,
  updated_at: 1000,
  ...profile,
})

function twoAddresses(primary: string | null) {
  const email_addresses = [
    { id: 'idn_1', email_address: 'first@example.com' },
    { id: 'idn_2', email_address: 'second@example.com' },
  ]
  return { email_addresses, primary_email_address_id: primary }
}

function address(email_address: string) {
  return { email_addresses: [{ id: 'idn_1', email_address }], primary_email_address_id: 'idn_1' }
}

async function syncAs(id: string, profile: Record<string, unknown>) {
  await resetStandIns()
  await arm('TEST_CLERK', respond(`/v1/users/${id}`, clerkJson(id, profile)))
  return sync(id)
}

async function emails() {
  const rows = await sql('select id, email from users')
  return Object.fromEntries(rows.map(({ id, email }) => [id, email]))
}
