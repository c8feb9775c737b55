/** GET /api/admin/analytics: every figure against rows made by hand, and estimates against what they estimate. */
import { beforeEach, describe, expect, test } from 'vitest'
import { callAsAdmin, dayAgo, forAdminsAlone, usage, user } from './admins.ts'
import {
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  requestsTo,
  resetStandIns,
  sql,
} from './support.ts'

const PATH = '/api/admin/analytics'

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

type Day = {
  day: string
  signUps: number
  active: number
  messages: number
  promptTokens: number
  completionTokens: number
}
type Analytics = {
  tiers: { tier: string; users: number }[]
  totals: { users: number; isEstimate: boolean; monthlyActive: number }
  days: Day[]
}

async function analytics(days?: number, bindings = {}): Promise<Analytics> {
  await resetStandIns()
  const path = days === undefined ? PATH : `${PATH}?days=${days}`
  const answer = await expectUnchanged(() => callAsAdmin(path, { bindings }))
  expect(answer.status).toBe(200)
  expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
  return JSON.parse(answer.text)
}

describe('who may see it', () => forAdminsAlone(PATH))

test('an empty database is a month of zeros', async () => {
  const { days, ...figures } = await analytics()
  expect(figures).toEqual({
    tiers: [
      { tier: 'FREE', users: 0 },
      { tier: 'PRO', users: 0 },
      { tier: 'MAXX', users: 0 },
    ],
    totals: { users: 0, isEstimate: false, monthlyActive: 0 },
  })
  expect(days).toHaveLength(30)
  expect(days.at(-1)).toEqual({
    day: await dayAgo(0),
    signUps: 0,
    active: 0,
    messages: 0,
    promptTokens: 0,
    completionTokens: 0,
  })
})

test('users are counted by tier', async () => {
  for (const tier of ['FREE', 'PRO', 'FREE', 'MAXX', 'FREE', 'PRO']) await user({ tier })
  const { tiers, totals } = await analytics()
  expect(tiers).toEqual([
    { tier: 'FREE', users: 3 },
    { tier: 'PRO', users: 2 },
    { tier: 'MAXX', users: 1 },
  ])
  expect(totals).toEqual({ users: 6, isEstimate: false, monthlyActive: 0 })
})

test('a day has its sums; active is who has sent a message, once a day and once a month', async () => {
  const [a, b, c, d] = [await user(), await user(), await user(), await user()]
  await usage(a, 0, { messages: 2, promptTokens: 10, completionTokens: 100 })
  await usage(b, 0, { messages: 3, promptTokens: 20, completionTokens: 5_000_000_000 })
  await usage(c, 0, { messages: 0 })
  await usage(a, 1, { messages: 5 })
  await usage(c, 29)
  await usage(d, 30)
  const { days, totals } = await analytics()
  expect(days[29]).toMatchObject({
    active: 2,
    messages: 5,
    promptTokens: 30,
    completionTokens: 5_000_000_100,
  })
  expect(days[28]).toMatchObject({ active: 1, messages: 5 })
  expect(days[0]).toMatchObject({ active: 1 })
  expect(totals.monthlyActive).toBe(3)
})

test.each([1, 7, 90, 365])('%i days are as many, and the month stays a month', async (days) => {
  const [a, b, c] = [await user(), await user(), await user()]
  await usage(a, 0)
  await usage(b, 29)
  await usage(c, 40)
  const answer = await analytics(days)
  expect(answer.days).toHaveLength(days)
  expect(answer.days[0]?.day).toBe(await dayAgo(days - 1))
  expect(answer.totals.monthlyActive).toBe(2)
  expect(answer.days.reduce((sum, { active }) => sum + active, 0)).toBe(days > 40 ? 3 : days > 29 ? 2 : 1)
})

// Their days begin at other moments than UTC's; within a year New York's are 23 and 25 hours long, Lord Howe's 23½ and 24½.
test.each(['UTC', 'Pacific/Kiritimati', 'America/New_York', 'Australia/Lord_Howe'])(
  'a sign-up belongs to the day that it was in %s',
  async (zone) => {
    const edges = await sql(
      `select to_char(day, 'YYYY-MM-DD') as day, day::timestamp at time zone $1 as starts,
         (day + 1)::timestamp at time zone $1 - interval '1 millisecond' as ends
       from (select (now() at time zone $1)::date - n as day from generate_series(1, 300) as n) as days`,
      [zone],
    )
    await sql(
      `insert into users (id, email, created_at, updated_at)
       select 'user_' || row_number() over (), null, at, at from (
         select day::timestamp at time zone $1 as at from
           (select (now() at time zone $1)::date - n as day from generate_series(1, 300) as n) as days
         union all select (day + 1)::timestamp at time zone $1 - interval '1 millisecond' from
           (select (now() at time zone $1)::date - n as day from generate_series(1, 300) as n) as days) as edges`,
      [zone],
    )
    const { days } = await analytics(300, { QUOTA_TIME_ZONE: zone })
    expect(edges).toHaveLength(300)
    expect(days.slice(1, -1).every(({ signUps }) => signUps === 2)).toBe(true)
  },
)

test.each(['0', '366', '-1', '1.5', 'x', '', '30&days=31', '%00'])(
  'days=%s is refused before the database is asked',
  async (days) => {
    const answer = await expectUntouched(() => callAsAdmin(`${PATH}?days=${days}`))
    expectProblem(answer, 422, 'invalid')
    expect(answer.body).toMatchObject({ errors: [{ path: 'days' }] })
  },
)

describe('where there is too much to be counted', () => {
  /** Within a seventh of the truth. The users and so their ranks are the same in every run: no luck is needed. */
  const near = (value: number | undefined, truth: number) => {
    expect(value).toBeGreaterThan(truth * 0.85)
    expect(value).toBeLessThan(truth * 1.15)
  }

  test('active users and what they have used are judged by a sample, and said to be', async () => {
    // 365 days leave 273 users to be read of each; a day of 3,000 and its neighbour, half of whom are the same.
    await sql(`
      insert into users (id, email, created_at, updated_at)
      select 'user_' || n, null, timestamptz '2020-01-01', now() from generate_series(1, 4500) as n`)
    await sql(`
      insert into usage_daily (user_id, day, messages, prompt_tokens, completion_tokens)
      select 'user_' || n, (now() at time zone 'UTC')::date - 1, 2, 100, 1000 from generate_series(1, 3000) as n
      union all
      select 'user_' || n, (now() at time zone 'UTC')::date, 3, 10, 20 from generate_series(1501, 4500) as n
      union all
      select 'user_' || n, (now() at time zone 'UTC')::date - 2, 1, 1, 1 from generate_series(1, 100) as n`)
    const { days, totals } = await analytics(365)
    const [few, yesterday, today] = days.slice(-3)
    expect(few).toMatchObject({ active: 100, messages: 100 })
    near(yesterday?.active, 3000)
    near(yesterday?.messages, 6000)
    near(yesterday?.completionTokens, 3_000_000)
    near(today?.active, 3000)
    near(today?.messages, 9000)
    near(totals.monthlyActive, 4500)
    expect(totals.isEstimate).toBe(true)
    // A week leaves more to be read than there are.
    const week = await analytics(7)
    expect(week.days.at(-1)).toMatchObject({ active: 3000, messages: 9000 })
    expect(week.totals).toEqual({ users: 4500, isEstimate: false, monthlyActive: 4500 })
  })

  test('a day of many sign-ups is judged by its first minutes of every quarter', async () => {
    // 365 days leave 821 sign-ups to be counted of each.
    await sql(`
      insert into users (id, email, created_at, updated_at)
      select 'user_' || n, null, date_trunc('day', now(), 'UTC') - interval '1 day' + n * interval '10 seconds', now()
      from generate_series(0, 8639) as n`)
    const { days, totals } = await analytics(365)
    near(days.at(-2)?.signUps, 8640)
    expect(totals.isEstimate).toBe(true)
    expect((await analytics(7)).days.at(-2)?.signUps).toBe(8640)
  })
})
