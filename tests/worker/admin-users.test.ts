/** GET and PATCH /api/admin/users: the list, the search in it, and the one thing that an admin changes. */
import { beforeEach, describe, expect, test } from 'vitest'
import { ADMIN, callAsAdmin, forAdminsAlone, user } from './admins.ts'
import {
  changeClerkUser,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  newClerkUser,
  requestsTo,
  resetStandIns,
  sql,
  sync,
} from './support.ts'

const PATH = '/api/admin/users'

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

type Listed = { id: string; email: string | null } & Record<string, unknown>
type Page = { users: Listed[]; nextCursor: string | null }

async function list(parameters: Record<string, string> = {}): Promise<Page> {
  await resetStandIns()
  const answer = await expectUnchanged(() => callAsAdmin(`${PATH}?${new URLSearchParams(parameters)}`))
  expect(answer.status).toBe(200)
  expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
  return JSON.parse(answer.text)
}
const found = async (query: string) => (await list({ query })).users.map(({ id }) => id)

/** Every page from here to the end. */
async function pages(parameters: Record<string, string>, between = async () => {}): Promise<string[][]> {
  const ids: string[][] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await list({ ...parameters, ...(cursor && { cursor }) })
    ids.push(page.users.map(({ id }) => id))
    cursor = page.nextCursor
    await between()
  }
  return ids
}

const second = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString()

describe('who may see the list', () => forAdminsAlone(PATH))
describe('who may search', () => forAdminsAlone(`${PATH}?query=ada`))
describe('who may change a tier', () => {
  forAdminsAlone(`${PATH}/user_Ada`, { method: 'PATCH', json: { tier: 'PRO' } }, () =>
    user({ id: 'user_Ada' }),
  )
})

describe('the list', () => {
  test('is empty where nobody is', async () => {
    expect(await list()).toEqual({ users: [], nextCursor: null })
    expect(await list({ query: 'a' })).toEqual({ users: [], nextCursor: null })
  })

  test('tells of a user all that an admin asks about', async () => {
    const createdAt = second(0)
    const seenAt = second(9)
    await user({ id: 'user_Ada', firstName: 'Ada', lastName: 'King', tier: 'PRO', createdAt, seenAt })
    await sql(
      `insert into rate_limits (user_id, window_start, message_count) values ('user_Ada', date_trunc('day', now(), 'UTC'), 7)`,
    )
    expect(await list()).toEqual({
      users: [
        {
          id: 'user_Ada',
          email: 'user_ada@example.com',
          firstName: 'Ada',
          lastName: 'King',
          imageUrl: null,
          tier: 'PRO',
          createdAt,
          updatedAt: createdAt,
          banned: false,
          seenAt,
          messagesToday: 7,
          limit: 100,
        },
      ],
      nextCursor: null,
    })
  })

  test('counts no message of an earlier day, and shows who is banned or was never seen', async () => {
    const id = await user({ banned: true, email: null })
    await sql(
      `insert into rate_limits (user_id, window_start, message_count) values ($1, date_trunc('day', now(), 'UTC') - interval '1 day', 7)`,
      [id],
    )
    const { users } = await list()
    expect(users).toMatchObject([{ banned: true, seenAt: null, email: null, messagesToday: 0, limit: 10 }])
  })

  test('has the newest sign-up first, and equal ones in one order on whatever page they are', async () => {
    const ids: string[] = []
    for (let n = 0; n < 7; n += 1) ids.push(await user({ id: `user_L${n}`, createdAt: second(n >> 1) }))
    const newest = ids.toReversed()
    expect(await pages({ limit: '3' })).toEqual([newest.slice(0, 3), newest.slice(3, 6), newest.slice(6)])
    expect((await pages({ limit: '1' })).flat()).toEqual(newest)
    expect(await pages({ limit: '7' })).toEqual([newest])
  })

  test('a microsecond is enough to tell two sign-ups apart', async () => {
    await user({ id: 'user_B', createdAt: '2026-01-01T00:00:00.000001Z' })
    await user({ id: 'user_A', createdAt: '2026-01-01T00:00:00.000002Z' })
    expect(await pages({ limit: '1' })).toEqual([['user_A'], ['user_B']])
  })

  test('a sign-up from before 1970 has its place, too', async () => {
    await user({ id: 'user_Old', createdAt: '1815-12-10T00:00:00Z' })
    await user({ id: 'user_Older', createdAt: '1791-12-26T00:00:00Z' })
    expect(await pages({ limit: '1' })).toEqual([['user_Old'], ['user_Older']])
  })

  test('who signs up or goes meanwhile moves nobody from one page to another', async () => {
    for (let n = 0; n < 6; n += 1) await user({ id: `user_S${n}`, createdAt: second(n) })
    let turn = 0
    const listed = await pages({ limit: '2' }, async () => {
      turn += 1
      await user({ id: `user_T${turn}`, createdAt: second(100 + turn) })
      await sql('delete from users where id = $1', [`user_S${6 - turn}`])
    })
    expect(listed.flat()).toEqual(['user_S5', 'user_S4', 'user_S3', 'user_S2', 'user_S1', 'user_S0'])
  })
})

describe('the search', () => {
  beforeEach(async () => {
    await user({
      id: 'user_Ada',
      email: 'ada@example.com',
      firstName: 'Ada',
      lastName: 'Lovelace',
      createdAt: second(3),
    })
    await user({
      id: 'user_Bob',
      email: 'Bob_1@Example.com',
      firstName: 'Élodie',
      lastName: 'adams',
      createdAt: second(2),
    })
    await user({
      id: 'user_Cy',
      email: 'c%y@example.com',
      firstName: null,
      lastName: 'Öztürk',
      createdAt: second(1),
    })
    await user({
      id: 'user_Dee',
      email: null,
      firstName: 'back\\slash',
      lastName: null,
      createdAt: second(0),
    })
  })

  test.each([
    ['user_Bob', ['user_Bob']],
    ['user_B', []],
    ['USER_BOB', []],
    ['ada@', ['user_Ada']],
    ['ADA@EXAMPLE.COM', ['user_Ada']],
    ['bob_1@example', ['user_Bob']],
    ['example.com', []],
    ['ada', ['user_Ada', 'user_Bob']],
    ['  ada  ', ['user_Ada', 'user_Bob']],
    ['ada l', ['user_Ada']],
    ['ADA LOVELACE', ['user_Ada']],
    ['love', ['user_Ada']],
    ['élo', ['user_Bob']],
    ['ÖZ', ['user_Cy']],
    ['nobody', []],
  ])('%j finds %j: a whole id, or how an address or a name begins', async (query, ids) => {
    expect(await found(query)).toEqual(ids)
  })

  test.each([
    ['%', []],
    ['_', []],
    ['a%a', []],
    ['a_a', []],
    ['c%y', ['user_Cy']],
    ['c%', ['user_Cy']],
    ['bob_', ['user_Bob']],
    ['bob-', []],
    ['back\\s', ['user_Dee']],
    ['back\\', ['user_Dee']],
    ['\\', []],
    ["' or true --", []],
  ])('%j is made of plain characters and finds %j', async (query, ids) => {
    expect(await found(query)).toEqual(ids)
  })

  test('nothing but spaces is no search', async () => {
    expect(await found('   ')).toHaveLength(4)
  })

  test('goes from page to page like the list', async () => {
    expect(await pages({ query: 'ada', limit: '1' })).toEqual([['user_Ada'], ['user_Bob']])
  })
})

test('a search that half of the users match finds the newest first and all of them, looking at so many for a page', async () => {
  // More than are collected; the few of last year stand behind more users than are looked at for one page.
  await sql(`
    insert into users (id, email, first_name, created_at, updated_at)
    select 'user_' || n, 'm' || n || '@example.com', case when n <= 3000 then 'Crowd' else 'Other' end,
      timestamptz '2026-01-01' + n * interval '1 second', now()
    from generate_series(1, 25000) as n`)
  const [first, second, ...none] = await pages({ query: 'crowd', limit: '100' })
  // Twenty thousand users later it says where it goes on, though it has found nobody yet.
  expect(first).toEqual([])
  expect(second?.slice(0, 2)).toEqual(['user_3000', 'user_2999'])
  expect([second, ...none].flat()).toHaveLength(3000)
  expect(new Set([second, ...none].flat()).size).toBe(3000)

  const everybody = await list({ query: 'M', limit: '2' })
  expect(everybody.users.map(({ id }) => id)).toEqual(['user_25000', 'user_24999'])
})

test.each([
  ['query=%00', 'query'],
  ['query=a%00b', 'query'],
  [`query=${'x'.repeat(321)}`, 'query'],
  ['query=a&query=b', 'query'],
  ['cursor=', 'cursor'],
  ['cursor=x', 'cursor'],
  ['cursor=1.%00', 'cursor'],
  ['cursor=999999999999999999.user_A', 'cursor'],
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=ten', 'limit'],
])('%s is refused before the database is asked', async (parameters, path) => {
  const answer = await expectUntouched(() => callAsAdmin(`${PATH}?${parameters}`))
  expectProblem(answer, 422, 'invalid')
  expect(answer.body).toMatchObject({ errors: [{ path }] })
})

test('a cursor that nobody was given lists from its place', async () => {
  await user()
  expect((await list({ cursor: '-99999999999999999.a.b' })).users).toEqual([])
  expect((await list({ cursor: '99999999999999999.user_' })).users).toHaveLength(1)
})

describe('a change of tier', () => {
  const patch = (id: string, json: unknown) => callAsAdmin(`${PATH}/${id}`, { method: 'PATCH', json })
  const changes = () => sql('select user_id, from_tier, to_tier, actor from tier_changes order by id')

  test('is told, counted once and signed by the admin', async () => {
    const id = await user({ id: 'user_Ada', createdAt: second(0) })
    await resetStandIns()
    const answer = await patch(id, { tier: 'PRO' })
    expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
    expect(answer.body).toMatchObject({
      user: { id, tier: 'PRO', limit: 100, messagesToday: 0, createdAt: second(0), updatedAt: second(0) },
      from: 'FREE',
    })
    expect(await changes()).toEqual([{ user_id: id, from_tier: 'FREE', to_tier: 'PRO', actor: ADMIN }])
  })

  test('to the tier that is held already is none', async () => {
    const id = await user({ tier: 'MAXX' })
    const answer = await expectUnchanged(() => patch(id, { tier: 'MAXX' }))
    expect(answer.body).toMatchObject({ user: { tier: 'MAXX', limit: 1000 }, from: 'MAXX' })
    expect(await changes()).toEqual([])
  })

  test.each(['%00', 'user_%00', `user_${'x'.repeat(251)}`])(
    'of a name that no user could have is not found, and the database is not asked: %s',
    async (id) => {
      expectProblem(await expectUntouched(() => patch(id, { tier: 'PRO' })), 404, 'not_found')
    },
  )

  test('of an unknown or a deleted user is not found', async () => {
    expectProblem(await expectUnchanged(() => patch('user_Nobody', { tier: 'PRO' })), 404, 'not_found')
    await sql(
      `insert into sync_state (user_id, version, deleted_at, source) values ('user_Gone', 1, now(), 'webhook')`,
    )
    expectProblem(await expectUnchanged(() => patch('user_Gone', { tier: 'PRO' })), 404, 'not_found')
  })

  test('of a banned user is possible: they may come back', async () => {
    const id = await user({ banned: true })
    expect((await patch(id, { tier: 'PRO' })).body).toMatchObject({ user: { tier: 'PRO', banned: true } })
  })

  test.each([{}, { tier: 'GOLD' }, { tier: 'pro' }, { tier: null }, { tier: ['PRO'] }, { tier: '' }])(
    'to %j is refused before the database is asked',
    async (json) => {
      const answer = await expectUntouched(() => patch('user_Ada', json))
      expectProblem(answer, 422, 'invalid')
      expect(answer.body).toMatchObject({ errors: [{ path: 'tier' }] })
    },
  )

  test('brings nothing else with it', async () => {
    const id = await user({ id: 'user_Ada', createdAt: second(0) })
    const before = await sql('select id, email, first_name, created_at, updated_at from users')
    const smuggled = {
      tier: 'PRO',
      id: 'user_Eve',
      email: 'eve@example.com',
      firstName: 'Eve',
      actor: 'cli',
      banned: true,
    }
    expect((await patch(id, smuggled)).status).toBe(200)
    expect(await sql('select id, email, first_name, created_at, updated_at from users')).toEqual(before)
    expect(await changes()).toMatchObject([{ user_id: id, actor: ADMIN }])
  })

  test('outlives every later sync', async () => {
    const { id } = await newClerkUser()
    await sync(id)
    await patch(id, { tier: 'PRO' })
    await changeClerkUser(id, { first_name: 'Augusta' })
    expect((await sync(id)).body).toMatchObject({
      outcome: 'updated',
      user: { tier: 'PRO', firstName: 'Augusta' },
    })
    expect(await changes()).toHaveLength(1)
  })
})
