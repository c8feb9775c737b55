/** GET /api/admin/sync: who may see it, and every figure against rows made by hand. */
import { beforeEach, describe, expect, test } from 'vitest'
import {
  arm,
  call,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  requestsTo,
  resetStandIns,
  sql,
} from './support.ts'
import { tokenFor } from './tokens.ts'

const ADMIN = 'user_Admin'
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
  await sql('truncate reconcile_runs')
})

type Health = {
  verdict: { level: string; title: string; detail: string }[]
  lastDeliveryAt: string | null
  lastUsedAt: string | null
  drift: Record<string, unknown> | null
  deadLetterCount: number
  lag: unknown[]
  outcomes: { day: string; source: string; outcome: string; count: number }[]
  deadLetters: Record<string, unknown>[]
  passes: Record<string, unknown>[]
  users: Record<string, unknown>
  atLeast: string[]
}

const ask = async (
  subject = ADMIN,
  claims = {},
  bindings: object = { ADMIN_USER_IDS: `user_Other, ${ADMIN}` },
) =>
  call('/api/admin/sync', {
    headers: { Authorization: `Bearer ${await tokenFor(subject, claims)}` },
    bindings: { ...bindings },
  })

async function health(): Promise<Health> {
  const answer = await expectUnchanged(() => ask())
  expect(answer.status).toBe(200)
  return JSON.parse(answer.text)
}
const titles = async () => (await health()).verdict.map(({ title }) => title)

const at = (msAgo: number) => new Date(Date.now() - msAgo).toISOString()
const day = (msAgo: number) => at(msAgo).slice(0, 10)

let count = 0
type Delivery = {
  ago?: number
  userId?: string
  type?: string
  outcome?: string
  lagMs?: number | null
  reason?: string
  attempts?: number
}
function delivery({
  ago = 0,
  userId,
  type = 'user.updated',
  outcome = 'updated',
  lagMs = null,
  reason,
  attempts = 1,
}: Delivery = {}) {
  count += 1
  return sql(
    `insert into webhook_deliveries (message_id, type, user_id, outcome, reason, attempts, lag_ms, received_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [`msg_${count}`, type, userId ?? null, outcome, reason ?? null, attempts, lagMs, at(ago)],
  )
}

type Row = {
  source?: string
  ago?: number
  lagMs?: number
  email?: string | null
  deleted?: boolean
  banned?: boolean
}
async function user({ source = 'login', ago = 0, lagMs = 0, email, deleted, banned }: Row = {}) {
  count += 1
  const id = `user_${count}`
  const version = Date.now() - ago - lagMs
  await sql(
    'insert into sync_state (user_id, version, deleted_at, banned_at, synced_at, source) values ($1, $2, $3, $4, $5, $6)',
    [
      id,
      version,
      deleted ? at(ago) : null,
      banned ? at(0) : null,
      new Date(version + lagMs).toISOString(),
      source,
    ],
  )
  if (deleted) return id
  await sql('insert into users (id, email, created_at, updated_at) values ($1, $2, $3, $3)', [
    id,
    email === undefined ? `${id}@example.com` : email,
    new Date(version).toISOString(),
  ])
  return id
}

type Run = {
  ago?: number
  tookMs?: number
  dryRun?: boolean
  status?: string
  reason?: string
  counts?: Record<string, number>
}
async function pass({
  ago = 0,
  tookMs = 0,
  dryRun = false,
  status = 'complete',
  reason,
  counts = {},
}: Run = {}) {
  count += 1
  const id = `run_${count}`
  await sql(
    `insert into reconcile_runs (id, trigger, dry_run, status, reason, clerk_count, neon_count, counts, started_at, finished_at)
     values ($1, 'cron', $2, $3, $4, 7, 8, $5, $6, $7)`,
    [
      id,
      dryRun,
      status,
      reason ?? null,
      JSON.stringify(counts),
      at(ago),
      status === 'running' ? null : at(ago - tookMs),
    ],
  )
  return id
}

describe('who may see it', () => {
  test('nobody without a token', async () => {
    const answer = await expectUntouched(() => call('/api/admin/sync'))
    expectProblem(answer, 401, 'unauthenticated')
  })

  test('not a user who is no admin, and nobody where no admin is named', async () => {
    expectProblem(await expectUntouched(() => ask('user_Somebody')), 403, 'forbidden')
    for (const none of [undefined, '', ' , ', 'user_Admi', 'user_Admin2', 'USER_ADMIN'])
      expectProblem(await expectUntouched(() => ask(ADMIN, {}, { ADMIN_USER_IDS: none })), 403, 'forbidden')
  })

  test('not somebody who acts as an admin', async () => {
    const act = { act: { iss: 'https://dashboard.clerk.com', sub: 'user_Support' } }
    expectProblem(await expectUntouched(() => ask(ADMIN, act)), 403, 'forbidden')
  })

  test('an admin, also one who has never been synced', async () => {
    expect((await ask()).status).toBe(200)
  })

  test.each([
    ['deleted_at', 401, 'user_deleted'],
    ['banned_at', 403, 'user_banned'],
  ])('not an admin with %s, at the cost of the same one request', async (column, status, code) => {
    await sql(
      `insert into sync_state (user_id, version, ${column}, source) values ($1, 1, now(), 'webhook')`,
      [ADMIN],
    )
    expectProblem(await expectUnchanged(() => ask()), status, code)
    expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
  })

  test('admins alone are told that they are', async () => {
    expect((await ask()).headers.get('X-Role')).toBe('admin')
    expect((await ask('user_Somebody')).headers.get('X-Role')).toBeNull()
    const act = { act: { iss: 'https://dashboard.clerk.com', sub: 'user_Support' } }
    expect((await ask(ADMIN, act)).headers.get('X-Role')).toBeNull()
  })
})

test('an empty database is answered, in one request and without a change', async () => {
  expect(await health()).toEqual({
    verdict: [{ level: 'good', title: 'Nobody to keep in step yet', detail: expect.any(String) }],
    lastDeliveryAt: null,
    lastUsedAt: null,
    drift: null,
    deadLetterCount: 0,
    countLimit: 100_000,
    lag: [],
    outcomes: [],
    deadLetters: [],
    passes: [],
    users: { total: 0, isEstimate: false, tombstones: 0, banned: 0, withoutEmail: 0 },
    atLeast: [],
  })
  expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
  expect(await requestsTo('TEST_CLERK')).toEqual([])
})

test('a full one costs one request, too', async () => {
  await Promise.all([delivery(), delivery({ outcome: 'dead-letter', reason: 'not JSON' }), user(), pass()])
  await health()
  expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
})

test('without a database it is a 503', async () => {
  await arm('TEST_NEON', { act: { kind: 'respond', status: 500, body: 'down' } })
  expectProblem(await ask(), 503, 'database_unavailable')
})

test('the last delivery is the newest one, and beside it the newest that was of use', async () => {
  await delivery({ ago: HOUR })
  await delivery({ ago: MINUTE, outcome: 'dead-letter' })
  await delivery({ ago: DAY })
  const { lastDeliveryAt, lastUsedAt } = await health()
  expect(Math.abs(Date.parse(lastDeliveryAt ?? '') - (Date.now() - MINUTE))).toBeLessThan(MINUTE / 2)
  expect(Math.abs(Date.parse(lastUsedAt ?? '') - (Date.now() - HOUR))).toBeLessThan(MINUTE / 2)
})

describe('lag', () => {
  test('of webhooks comes from the ledger', async () => {
    for (let ms = 1; ms <= 100; ms += 1) await delivery({ lagMs: ms * 10 })
    await delivery({ lagMs: null })
    await delivery({ lagMs: 999_999, ago: 31 * DAY })
    expect((await health()).lag).toEqual([
      { source: 'webhook', samples: 100, p50Ms: 500, p95Ms: 950, maxMs: 1000 },
    ])
  })

  test('of logins and passes is from the profile’s version to the moment it was written', async () => {
    await pass({ ago: DAY })
    await user({ lagMs: 1000 })
    await user({ lagMs: 3000 })
    await user({ lagMs: 2000 })
    await user({ source: 'reconcile', lagMs: 5 * DAY })
    await user({ source: 'webhook', lagMs: 77 })
    await user({ lagMs: 888, deleted: true })
    await user({ lagMs: -60_000, source: 'reconcile' })
    const { lag } = await health()
    expect(lag).toHaveLength(2)
    expect(lag).toContainEqual({ source: 'login', samples: 3, p50Ms: 2000, p95Ms: 3000, maxMs: 3000 })
    expect(lag).toContainEqual({ source: 'reconcile', samples: 2, p50Ms: 0, p95Ms: 5 * DAY, maxMs: 5 * DAY })
  })

  test('of passes leaves out the first fill: those users have waited for us, and we not for news', async () => {
    await user({ source: 'reconcile', ago: 5 * HOUR, lagMs: 500 * DAY })
    expect((await health()).lag).toEqual([])
    await pass({ ago: 6 * HOUR, tookMs: 2 * HOUR })
    expect((await health()).lag).toEqual([])
    await user({ source: 'reconcile', ago: HOUR, lagMs: HOUR })
    expect((await health()).lag).toEqual([
      { source: 'reconcile', samples: 1, p50Ms: HOUR, p95Ms: HOUR, maxMs: HOUR },
    ])
  })
})

test('outcomes are counted by door and day: the ledger’s, the logins’, and what passes changed', async () => {
  await delivery()
  await delivery()
  await delivery({ outcome: 'dead-letter' })
  await delivery({ ago: 2 * DAY, outcome: 'created' })
  await delivery({ ago: 31 * DAY, outcome: 'created' })
  await user({ source: 'login' })
  await user({ source: 'login', ago: 3 * DAY })
  await user({ source: 'reconcile' })
  await pass({ counts: { listed: 500, created: 3, unchanged: 497, removed: 0 } })
  await pass({ counts: { created: 12, removed: 1 } })
  await pass({ dryRun: true, counts: { created: 99 } })
  const { outcomes } = await health()
  const byDoor = outcomes
    .map(({ day, source, outcome, count }) => `${day} ${source} ${outcome} ${count}`)
    .sort()
  expect(byDoor).toEqual(
    [
      `${day(0)} webhook updated 2`,
      `${day(0)} webhook dead-letter 1`,
      `${day(2 * DAY)} webhook created 1`,
      `${day(0)} login applied 1`,
      `${day(3 * DAY)} login applied 1`,
      `${day(0)} reconcile created 15`,
      `${day(0)} reconcile deleted 1`,
    ].sort(),
  )
})

test('the newest twenty dead letters come with reason and attempts; the week’s are counted', async () => {
  for (let n = 0; n < 22; n += 1)
    await delivery({ outcome: 'dead-letter', reason: `reason ${n}`, attempts: n + 1, ago: n * MINUTE })
  await delivery({ outcome: 'dead-letter', ago: 8 * DAY })
  const { deadLetters, deadLetterCount, verdict } = await health()
  expect(deadLetters).toHaveLength(20)
  expect(deadLetters[1]).toEqual({
    messageId: expect.any(String),
    type: 'user.updated',
    userId: null,
    reason: 'reason 1',
    attempts: 2,
    receivedAt: expect.any(String),
  })
  expect(deadLetterCount).toBe(22)
  expect(verdict).toContainEqual(expect.objectContaining({ title: '22 deliveries could not be used' }))
})

test('whom a pass has deleted, and whom it has left deleted, are told by names that say so', async () => {
  await pass({ ago: 2 * HOUR })
  await pass({ ago: HOUR, counts: { listed: 500, removed: 5, deleted: 0 } })
  await pass({ counts: { deleted: 3 } })
  const { passes } = await health()
  expect(passes.map(({ counts }) => counts)).toEqual([
    { tombstoned: 3 },
    { listed: 500, deleted: 5, tombstoned: 0 },
    {},
  ])
})

test('the newest ten passes come with what they found and did', async () => {
  for (let n = 1; n <= 11; n += 1) await pass({ ago: n * HOUR })
  const id = await pass({ status: 'stopped', reason: 'too many', counts: { listed: 3, orphaned: 2 } })
  const { passes, verdict } = await health()
  expect(passes).toHaveLength(10)
  expect(passes[0]).toEqual({
    id,
    trigger: 'cron',
    dryRun: false,
    status: 'stopped',
    reason: 'too many',
    clerkCount: 7,
    neonCount: 8,
    counts: { listed: 3, orphaned: 2 },
    startedAt: expect.any(String),
    finishedAt: expect.any(String),
  })
  expect(verdict[0]).toMatchObject({ level: 'bad', title: 'The last pass stopped: too many' })
})

test('users, tombstones, the banned and those without an address are counted', async () => {
  await user()
  await user({ email: null })
  await user({ email: null, banned: true })
  await user({ deleted: true })
  await user({ deleted: true, banned: true })
  expect((await health()).users).toEqual({
    total: 3,
    isEstimate: false,
    tombstones: 2,
    banned: 1,
    withoutEmail: 2,
  })
})

test('beyond a hundred thousand nothing is counted, and that there are more is told', async () => {
  await sql(`
    with many as (select 'user_' || n as id, n from generate_series(1, 100001) as n)
    insert into sync_state (user_id, version, deleted_at, banned_at, source)
    select id, 1, null::timestamptz, now(), 'webhook' from many
    union all select id || 'Gone', 1, now(), null, 'webhook' from many where n <= 100000`)
  await sql(`
    insert into users (id, created_at, updated_at)
    select 'user_' || n, now(), now() from generate_series(1, 100001) as n`)
  await sql(`
    insert into webhook_deliveries (message_id, type, outcome)
    select 'msg_' || n, 'session.created', 'dead-letter' from generate_series(1, 100001) as n`)
  const { users, atLeast, deadLetterCount, verdict }: Health = JSON.parse((await ask()).text)
  expect(users).toMatchObject({ tombstones: 100_000, banned: 100_000, withoutEmail: 100_000 })
  expect(deadLetterCount).toBe(100_000)
  expect(atLeast.toSorted()).toEqual(['banned', 'deadLetterCount', 'withoutEmail'])
  expect(verdict).toContainEqual(expect.objectContaining({ title: '100,000+ deliveries could not be used' }))
})

describe('the verdict', () => {
  beforeEach(() => pass())

  test('all in step', async () => {
    await user({ source: 'webhook' })
    await delivery()
    expect(await titles()).toEqual(['All in step'])
  })

  test('a dead webhook shows as soon as somebody has changed without it', async () => {
    await delivery({ ago: 26 * HOUR })
    await user({ ago: 27 * HOUR })
    expect(await titles()).toEqual(['All in step'])
    await user({ ago: 11 * MINUTE })
    await user({ source: 'reconcile', ago: 25 * HOUR })
    expect(await titles()).toEqual(['No webhook for 26 hours although 2 users have changed'])
  })

  test('a delivery is given ten minutes to arrive', async () => {
    await delivery({ ago: DAY })
    await user({ ago: 9 * MINUTE })
    expect(await titles()).toEqual(['All in step'])
  })

  test('a first load of users who have not changed for long is no omission of the webhook’s', async () => {
    await user({ source: 'reconcile', lagMs: 90 * DAY })
    expect(await titles()).toEqual(['All in step'])
  })

  test('an endpoint that has never been set up shows', async () => {
    await user({ ago: DAY })
    expect(await titles()).toEqual(['No webhook has ever arrived although 1 user has changed'])
  })

  test('a webhook that died six months ago is not one that has never been there', async () => {
    await delivery({ ago: 182 * DAY })
    await user({ ago: DAY })
    expect(await titles()).toEqual(['No webhook for 182 days although 1 user has changed'])
    expect(day(182 * DAY)).toBe((await health()).lastDeliveryAt?.slice(0, 10))
  })

  test('deliveries that are of no use do not pass for a webhook that works', async () => {
    await delivery({ ago: 26 * HOUR })
    await delivery({ ago: MINUTE, outcome: 'dead-letter', reason: 'another instance' })
    await user({ ago: HOUR })
    expect(await titles()).toEqual([
      'No webhook of use for 26 hours although 1 user has changed',
      'One delivery could not be used',
    ])
  })
})

describe('the verdict on passes', () => {
  test('passes that are cut off hour by hour are told, however fresh the newest is', async () => {
    await user({ source: 'webhook' })
    await pass({ ago: 30 * HOUR })
    for (let hours = 0; hours < 30; hours += 1) await pass({ ago: hours * HOUR, status: 'running' })
    expect(await titles()).toEqual(['No pass has come through for 30 hours'])
  })

  test('a pass that stopped is told until another has ended, whatever has been started since', async () => {
    await user({ source: 'webhook' })
    await pass({ ago: 2 * HOUR })
    await pass({ ago: HOUR, status: 'stopped', reason: 'too many' })
    await pass({ ago: 2 * MINUTE, status: 'running' })
    await pass({ ago: MINUTE, dryRun: true })
    await pass({ status: 'running', dryRun: true })
    expect(await titles()).toEqual(['The last pass stopped: too many'])
    await pass()
    expect(await titles()).toEqual(['All in step'])
  })

  test('how long none has come through counts from the end of the last one', async () => {
    await user({ source: 'webhook' })
    await pass({ ago: 6 * HOUR, tookMs: 4 * HOUR })
    expect(await titles()).toEqual(['All in step'])
  })
})

describe('what passes had to mend', () => {
  const missed = (users: string) => [`Webhooks have missed ${users} in the last 24 hours`]
  beforeEach(async () => {
    await pass({ ago: 10 * DAY })
    await pass()
    await delivery()
  })

  test('users written by a pass although a webhook had its time have been missed', async () => {
    await user({ source: 'reconcile', ago: 2 * HOUR, lagMs: 50 * MINUTE })
    await user({ source: 'reconcile', ago: 23 * HOUR, lagMs: 50 * MINUTE })
    expect(await titles()).toEqual(missed('2 users'))
  })

  test('users erased by a pass have been missed', async () => {
    for (let n = 0; n < 3; n += 1) await user({ source: 'reconcile', ago: HOUR, deleted: true })
    expect(await titles()).toEqual(missed('3 users'))
  })

  test('whom a pass came to a moment before the webhook has not been missed', async () => {
    await user({ source: 'reconcile', ago: 2 * HOUR, lagMs: 5 * MINUTE })
    const id = await user({ source: 'reconcile', ago: HOUR, deleted: true })
    await delivery({ userId: id, type: 'user.deleted', outcome: 'unchanged', ago: 59 * MINUTE })
    await user({ source: 'reconcile', ago: MINUTE, deleted: true })
    expect(await titles()).toEqual(['All in step'])
  })

  test('what webhooks and logins brought, and what passes did before yesterday, has not been missed', async () => {
    await user({ source: 'webhook', ago: 2 * HOUR, lagMs: HOUR })
    await user({ source: 'login', ago: 2 * HOUR, lagMs: HOUR })
    await user({ source: 'webhook', ago: 2 * HOUR, deleted: true })
    await user({ source: 'reconcile', ago: 25 * HOUR, lagMs: HOUR })
    await user({ source: 'reconcile', ago: HOUR, lagMs: 90 * DAY })
    await user({ source: 'reconcile', ago: 25 * HOUR, deleted: true })
    expect(await titles()).toEqual(['All in step'])
  })

  test('a first fill accuses nobody, not even when it has taken several passes', async () => {
    await sql('truncate reconcile_runs')
    await pass({ ago: 3 * HOUR, status: 'failed' })
    await user({ source: 'reconcile', ago: 2 * HOUR, lagMs: 90 * DAY })
    await user({ source: 'reconcile', ago: 2 * HOUR, deleted: true })
    await pass({ ago: HOUR })
    expect(await titles()).toEqual(['All in step'])
  })

  test('users whom no pass can hold are told until everybody has been compared again', async () => {
    await user({ source: 'webhook' })
    await pass({ ago: -MINUTE, counts: { full: 1, unreadable: 500, conflicts: 2 } })
    await pass({ ago: -2 * MINUTE, counts: { unchanged: 1 } })
    expect(await titles()).toEqual([
      '500 users of Clerk’s cannot be read',
      '2 users without the address that Clerk shows',
    ])
    await pass({ ago: -3 * MINUTE, counts: { full: 1 } })
    expect(await titles()).toEqual(['All in step'])
  })
})

describe('drift', () => {
  test('is what a dry run has found, whatever has been started since', async () => {
    await pass({ ago: 2 * HOUR, counts: { full: 1, apart: 3 } })
    await pass({ ago: HOUR, dryRun: true, counts: { full: 1, missing: 1, outdated: 2, orphaned: 3 } })
    await pass({ ago: MINUTE, status: 'running' })
    await pass({ ago: MINUTE, status: 'failed', dryRun: true, counts: { missing: 99 } })
    const { drift, verdict } = await health()
    const found = { clerk: 7, neon: 8, apart: -1, missing: 1, outdated: 2, orphaned: 3 }
    expect(drift).toEqual({ at: expect.any(String), ...found })
    expect(Math.abs(Date.parse(String(drift?.at)) - (Date.now() - HOUR))).toBeLessThan(MINUTE / 2)
    expect(verdict).toContainEqual(
      expect.objectContaining({ title: 'The last dry run found 6 users out of step' }),
    )
  })

  test('after a pass is what nothing can be done about, as of the last that compared everybody', async () => {
    await pass({ ago: 2 * HOUR, counts: { full: 1, created: 5, apart: -2 } })
    await pass({ ago: HOUR, counts: { created: 1, orphaned: 4, removed: 4 } })
    const left = { clerk: 7, neon: 9, apart: -2, missing: 0, outdated: 0, orphaned: 0 }
    expect((await health()).drift).toEqual({ at: expect.any(String), ...left })
  })

  test('is told by whoever has ended last: a long pass looks later than it began', async () => {
    await pass({ ago: 2 * HOUR, dryRun: true, counts: { missing: 5 } })
    await pass({ ago: 3 * HOUR, tookMs: 2 * HOUR, counts: { full: 1 } })
    expect((await health()).drift).toMatchObject({ missing: 0 })
  })
})

test('the answer is not stored anywhere on its way', async () => {
  expect((await ask()).headers.get('Cache-Control')).toBe('no-store')
})
