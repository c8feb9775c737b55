/** The third door in workerd: the Workflow itself, killed, failing, twice at once, and against a Clerk that is not well. */
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { finish, pass, realPass, run, settledUser } from './passes.ts'
import {
  arm,
  changeClerkUser,
  deleteClerkUser,
  emptyDatabase,
  newClerkUser,
  requestsTo,
  resetStandIns,
  sql,
} from './support.ts'

const STEPS = [
  'begin',
  'recognise',
  'changes 1',
  'compare',
  'compare again',
  'divide',
  'range 1, part 1',
  'confirm 1',
  'remove 1',
  'settle',
  'end',
  'tidy',
]

/** More than a page, and what a pass has to do with each of its steps. */
const USERS = 520
const gone: string[] = []

beforeAll(async () => {
  await resetStandIns()
  await emptyDatabase()
  await sql('truncate reconcile_runs')
  const people = []
  for (let n = 0; n < USERS; n += 1)
    people.push(await settledUser({ password: undefined, skip_password_requirement: true }))
  await finish(await pass())
  await sql('create table kept_users as table users')
  await sql('create table kept_state as table sync_state')
  await sql('create table kept_runs as table reconcile_runs')
  for (const { id } of people.slice(0, 3)) await changeClerkUser(id, { first_name: 'Reconciled' })
  for (const { id } of people.slice(10, 12)) {
    await deleteClerkUser(id)
    gone.push(id)
  }
  await newClerkUser()
}, 120_000)

afterAll(async () => {
  await sql('drop table kept_users, kept_state, kept_runs')
  await resetStandIns()
  await emptyDatabase()
  await sql('truncate reconcile_runs')
})

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
  await sql('truncate reconcile_runs')
  await sql('insert into users table kept_users')
  await sql('insert into sync_state table kept_state')
  await sql('insert into reconcile_runs table kept_runs')
})

/** All but the moments at which we wrote, and through which door. */
async function state(): Promise<string> {
  const [row] = await sql(`
    select md5(concat(
      (select string_agg(t::text, '|' order by id) from users t),
      (select string_agg(concat_ws('/', user_id, version, deleted_at is null, banned_at is null), '|' order by user_id)
       from sync_state))) as hash`)
  return String(row?.hash)
}

const untouched = async () => {
  const before = await state()
  return async () => expect(await state()).toBe(before)
}

/** What an uninterrupted pass ends in. */
async function repaired(): Promise<string> {
  await finish(await pass())
  const hash = await state()
  const [row] = await sql(
    `select count(*)::int as users, count(*) filter (where first_name = 'Reconciled')::int as changed from users`,
  )
  expect(row).toMatchObject({ changed: 3 })
  await sql('truncate users, sync_state cascade')
  await sql('insert into users table kept_users')
  await sql('insert into sync_state table kept_state')
  await sql('truncate reconcile_runs')
  await sql('insert into reconcile_runs table kept_runs')
  return hash
}

test('a pass repairs what has changed, come and gone, and its row tells', async () => {
  const begun = await pass({ trigger: 'cron' })
  await finish(begun)
  expect(await run(begun.id)).toMatchObject({
    trigger: 'cron',
    status: 'complete',
    reason: null,
    counts: { created: 1, updated: 3, orphaned: 2, removed: 2, full: 1 },
  })
  const left = await sql('select user_id from sync_state where deleted_at is not null order by user_id')
  expect(left.map(({ user_id }) => user_id)).toEqual(gone.toSorted())
})

describe('ends as an uninterrupted pass does', () => {
  let end: string
  beforeEach(async () => {
    end = await repaired()
  })

  test.each(STEPS)('killed in step "%s", after its work and before its result was kept', async (name) => {
    await finish(await pass({}, (m) => m.forceStepTimeout({ name }, 1)))
    expect(await state()).toBe(end)
  })

  test.each(STEPS)('step "%s" failing three times', async (name) => {
    await finish(await pass({}, (m) => m.mockStepError({ name }, new Error('ordered'), 3)))
    expect(await state()).toBe(end)
  })

  test.each(STEPS.slice(1, -1).map((next, n) => [STEPS[n], next] as const))(
    'stopped for good after step "%s" and before "%s", and a new pass',
    async (step, next) => {
      // The next step fails and waits for its second attempt: there the pass stands, and is ended.
      const begun = await realPass({}, async (m) => {
        await m.disableSleeps()
        await m.mockStepError({ name: next }, new Error('ordered'), 5)
      })
      await begun.instance.waitForStepResult({ name: step ?? '' })
      await (await env.RECONCILE.get(begun.id)).terminate()
      await begun.instance.waitForStatus('terminated')
      await begun.instance.dispose()
      expect(await run(begun.id)).toMatchObject({ status: 'running', finished_at: null })
      await finish(await pass())
      expect(await state()).toBe(end)
    },
  )

  test('twice at once', async () => {
    const both = await Promise.all([pass(), pass({ full: true })])
    for (const one of both) await finish(one)
    expect(await state()).toBe(end)
  })

  const LISTS = { path: '/v1/users', query: 'order_by' }
  test.each([
    ['429', { kind: 'respond', status: 429, body: '{"errors":[]}', headers: { 'Retry-After': '3' } }],
    ['500', { kind: 'respond', status: 500 }],
    ['HTML', { kind: 'respond', status: 200, body: '<!doctype html>' }],
    ['a dropped connection', { kind: 'reset' }],
    ['half a list', { kind: 'truncate-answer' }],
  ] as const)('Clerk answering %s to the first five lists', async (_name, act) => {
    await arm('TEST_CLERK', { match: LISTS, times: 5, act })
    await finish(await pass())
    expect(await state()).toBe(end)
  })

  test('the database losing its answers', async () => {
    await arm('TEST_NEON', { match: { body: 'unnest' }, times: 3, act: { kind: 'lose-answer' } })
    await finish(await pass())
    expect(await state()).toBe(end)
  })
})

describe('changes nobody', () => {
  test('a dry run', async () => {
    const check = await untouched()
    const begun = await pass({ dryRun: true })
    await finish(begun)
    await check()
    expect(await run(begun.id)).toMatchObject({
      dry_run: true,
      counts: { missing: 1, outdated: 3, orphaned: 2 },
    })
  })

  test('Clerk listing nobody', async () => {
    const check = await untouched()
    await arm('TEST_CLERK', {
      match: { path: '/v1/users', query: 'limit=' },
      act: { kind: 'respond', status: 200, body: '[]' },
    })
    const begun = await pass({ full: true })
    await finish(begun)
    await check()
    expect(await run(begun.id)).toMatchObject({
      status: 'stopped',
      reason: expect.stringContaining('100 of 100'),
    })
  })

  test('Clerk down for good: the row says so in plain words', async () => {
    const check = await untouched()
    await arm('TEST_CLERK', { act: { kind: 'respond', status: 500, body: 'oops' } })
    const begun = await pass({ full: true })
    await finish(begun, 'errored')
    await check()
    expect(await run(begun.id)).toMatchObject({
      status: 'failed',
      reason: 'The sign-in service cannot be reached just now (500)',
    })
  })

  test('a refused key is not tried again', async () => {
    const check = await untouched()
    await arm('TEST_CLERK', { act: { kind: 'respond', status: 401, body: '{"errors":[]}' } })
    const begun = await pass({ full: true })
    await finish(begun, 'errored')
    await check()
    expect(await requestsTo('TEST_CLERK')).toHaveLength(1)
    expect(await run(begun.id)).toMatchObject({
      status: 'failed',
      reason: 'The service is not set up correctly (CLERK_SECRET_KEY, 401)',
    })
  })
})

test('more users than one instance has room for are swept by others, side by side', async () => {
  const count = '{"object":"total_count","total_count":1500000}'
  await arm('TEST_CLERK', {
    match: { path: '/v1/users/count' },
    act: { kind: 'respond', status: 200, body: count },
  })
  const begun = await pass({ full: true })
  await begun.instance.waitForStatus('complete')
  const shards = await begun.instance.waitForStepResult({ name: 'divide' })
  await begun.instance.dispose()
  expect(shards).toHaveLength(2)
  for (const n of [1, 2]) {
    const { status } = await (await env.RECONCILE.get(`${begun.id}-shard-${n}`)).status()
    expect(status).toBe('complete')
  }
  // Everybody has been listed and applied; but so few that the count cannot be believed, and nobody is deleted.
  const row = await run(begun.id)
  expect(row).toMatchObject({ status: 'stopped', counts: { created: 1, updated: 3 } })
  expect(row?.reason).toMatch(/^Clerk counts 1500000 users and has listed only \d+$/)
  expect(await sql('select from sync_state where deleted_at is not null')).toEqual([])
})
