/** GET /api/user/usage: every day of the stretch, by the database's clock in the quota's time zone. */
import { beforeEach, describe, expect, test } from 'vitest'
import { dayAgo, usage, user } from './admins.ts'
import {
  arm,
  call,
  callAs,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  requestsTo,
  resetStandIns,
  sql,
} from './support.ts'
import { tokenFor } from './tokens.ts'

const PATH = '/api/user/usage'

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

type Day = { day: string; messages: number; promptTokens: number; completionTokens: number }

async function daysOf(id: string, path = PATH, bindings = {}): Promise<Day[]> {
  await resetStandIns()
  const answer = await expectUnchanged(() => callAs(id, path, { bindings }))
  expect(answer.status).toBe(200)
  expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
  return JSON.parse(answer.text).days
}

test('who has never sent a message has a month of zeros that ends today', async () => {
  const days = await daysOf(await user())
  expect(days).toHaveLength(30)
  expect(days.at(0)?.day).toBe(await dayAgo(29))
  expect(days.at(-1)?.day).toBe(await dayAgo(0))
  expect(new Set(days.map(({ day }) => day)).size).toBe(30)
  for (const { day: _, ...figures } of days)
    expect(figures).toEqual({ messages: 0, promptTokens: 0, completionTokens: 0 })
})

test('a day has its messages and tokens, the oldest comes first, and nobody else’s are counted', async () => {
  const [id, other] = [await user(), await user()]
  await usage(id, 0, { messages: 3, promptTokens: 40, completionTokens: 5_000_000_000 })
  await usage(id, 6, { messages: 2 })
  await usage(id, 7, { messages: 9 })
  await usage(other, 0, { messages: 8 })
  const days = await daysOf(id, `${PATH}?days=7`)
  expect(days).toHaveLength(7)
  expect(days[0]).toEqual({ day: await dayAgo(6), messages: 2, promptTokens: 0, completionTokens: 0 })
  expect(days[6]).toEqual({
    day: await dayAgo(0),
    messages: 3,
    promptTokens: 40,
    completionTokens: 5_000_000_000,
  })
  expect(days.reduce((sum, { messages }) => sum + messages, 0)).toBe(5)
})

// Somewhere it is always another day than in UTC; New York and Lord Howe have days of 23 and of 24½ hours within a year.
test.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/New_York', 'Australia/Lord_Howe'])(
  'a year of days in %s has each of them once',
  async (zone) => {
    const id = await user()
    await usage(id, 0, { zone, messages: 4 })
    const days = await daysOf(id, `${PATH}?days=365`, { QUOTA_TIME_ZONE: zone })
    expect(days).toHaveLength(365)
    expect(days.at(-1)).toMatchObject({ day: await dayAgo(0, zone), messages: 4 })
    const ends = days.map(({ day }) => Date.parse(day))
    expect(ends.every((at, n) => n === 0 || at - (ends[n - 1] ?? 0) === 86_400_000)).toBe(true)
  },
)

test.each(['0', '366', '-1', '1.5', 'x', '', '30&days=31', '%00', '1e1', '9999999999'])(
  'days=%s is refused before the database is asked',
  async (days) => {
    const answer = await expectUntouched(() => callAs('user_Somebody', `${PATH}?days=${days}`))
    expectProblem(answer, 422, 'invalid')
    expect(answer.body).toMatchObject({ errors: [{ path: 'days' }] })
  },
)

describe('who may ask', () => {
  test('nobody without a token', async () => {
    expectProblem(await expectUntouched(() => call(PATH)), 401, 'unauthenticated')
  })

  test('a user who has never been synced is not found', async () => {
    expectProblem(await expectUnchanged(() => callAs('user_Unknown', PATH)), 404, 'not_found')
  })

  test.each([
    ['deleted_at', 401, 'user_deleted'],
    ['banned_at', 403, 'user_banned'],
  ])('a user with %s is told so, in the same one request', async (column, status, code) => {
    const id = await user()
    await sql(`update sync_state set ${column} = now() where user_id = $1`, [id])
    await resetStandIns()
    expectProblem(await expectUnchanged(() => callAs(id, PATH)), status, code)
    expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
  })

  test('somebody of ours who acts as the user may look', async () => {
    const token = await tokenFor(await user(), { act: { sub: 'user_Support' } })
    expect((await call(PATH, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200)
  })
})

test('without a database it is a 503', async () => {
  await arm('TEST_NEON', { act: { kind: 'respond', status: 500, body: 'down' } })
  expectProblem(await callAs('user_Somebody', PATH), 503, 'database_unavailable')
})
