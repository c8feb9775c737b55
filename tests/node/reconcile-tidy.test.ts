/** What a pass forgets when it has come through: old deliveries and old passes, and never what others stand on. */
import { PgDialect } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { forgetDeliveries, lastPasses } from '../../worker/reconcile/runs.ts'
import { openWorld, runPass, users, type World } from './reconcile.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.empty())

const ids = async (query: string) =>
  (await world.sandbox.pool.query(`${query} order by id`)).rows.map(({ id }) => id)
const deliveries = () => ids('select message_id as id from webhook_deliveries')
const runs = () => ids(`select id from reconcile_runs where id not like 'pass-%'`)

const deliver = (id: string, days: number, outcome = 'updated') =>
  world.sandbox.pool.query(
    `insert into webhook_deliveries (message_id, type, outcome, received_at)
     values ($1, 'user.updated', $2, now() - $3::int * interval '1 day')`,
    [id, outcome, days],
  )
const remember = (id: string, days: number, { status = 'complete', dryRun = false, counts = {} } = {}) =>
  world.sandbox.pool.query(
    `insert into reconcile_runs (id, trigger, dry_run, status, counts, started_at)
     values ($1, 'cron', $2, $3, $4, now() - $5::int * interval '1 day')`,
    [id, dryRun, status, counts, days],
  )

test('deliveries are forgotten after ninety days', async () => {
  await deliver('old', 91)
  await deliver('young', 89)
  await runPass(world)
  expect(await deliveries()).toEqual(['young'])
})

test('the newest delivery is never forgotten, so that an endpoint that has died is not taken for one that never was', async () => {
  await deliver('older', 400)
  await deliver('last', 300)
  await runPass(world)
  expect(await deliveries()).toEqual(['last'])
})

test('nor is the newest that was of use, so that dead letters do not hide since when there has been none', async () => {
  await deliver('older', 400)
  await deliver('last of use', 300)
  await deliver('dead', 200, 'dead-letter')
  await deliver('still dead', 1, 'dead-letter')
  await runPass(world)
  expect(await deliveries()).toEqual(['last of use', 'still dead'])
})

test('passes are forgotten after a year, but for the newest of each kind', async () => {
  await remember('old', 500)
  await remember('old, full', 600, { counts: { full: 1 } })
  await remember('last full', 390, { counts: { full: 1, apart: 7 } })
  await remember('last', 380)
  await remember('last stopped', 700, { status: 'stopped' })
  await remember('old dry run', 900, { dryRun: true })
  await remember('last dry run', 800, { dryRun: true })
  await remember('young', 364, { status: 'failed' })
  await remember('failed', 366, { status: 'failed' })
  const before = await lastPasses(world.settings)
  expect(before.apart).toBe(7)
  world.clerk.misbehave((path) =>
    path === '/v1/instance' ? { status: 200, body: '{"id":"ins_Other"}' } : undefined,
  )
  expect(await runPass(world)).toMatchObject({ status: 'stopped' })
  expect(await runs()).toEqual(['last', 'last dry run', 'last full', 'young'])
  expect(await lastPasses(world.settings)).toEqual(before)
})

test('a pass that was cut off is said to have failed by one that comes a day later', async () => {
  await world.sandbox.pool.query(`
    insert into reconcile_runs (id, trigger, dry_run, status, started_at)
    values ('lost', 'cron', false, 'running', now() - interval '25 hours'), ('now', 'cron', false, 'running', now())`)
  await runPass(world)
  const { rows } = await world.sandbox.pool.query(
    `select id, status, reason from reconcile_runs where id in ('lost', 'now') order by id`,
  )
  expect(rows).toEqual([
    { id: 'lost', status: 'failed', reason: 'It was cut off' },
    { id: 'now', status: 'running', reason: null },
  ])
})

test('housekeeping that fails fails no pass', async () => {
  await deliver('old', 100)
  world.clerk.put(...users(3))
  world.sandbox.neon.arm({
    match: { body: 'delete from webhook_deliveries' },
    act: { kind: 'respond', status: 500 },
  })
  expect(await runPass(world, { id: 'untidy' })).toMatchObject({ status: 'complete', counts: { created: 3 } })
  world.sandbox.neon.clear()
  const { rows } = await world.sandbox.pool.query(`select status from reconcile_runs where id = 'untidy'`)
  expect(rows).toEqual([{ status: 'complete' }])
})

test('a dry run forgets nothing', async () => {
  await deliver('old', 100)
  await deliver('older', 200)
  await remember('lost', 2, { status: 'running' })
  await remember('old', 400)
  await remember('older', 401)
  await runPass(world, { dryRun: true })
  expect(await deliveries()).toEqual(['old', 'older'])
  expect(await runs()).toEqual(['lost', 'old', 'older'])
  const { rows } = await world.sandbox.pool.query(`select status from reconcile_runs where id = 'lost'`)
  expect(rows).toEqual([{ status: 'running' }])
})

test('of a long ledger no more is read than is forgotten', async () => {
  const { pool } = world.sandbox
  await pool.query(`
    insert into webhook_deliveries (message_id, type, outcome, received_at)
    select 'msg_' || md5(n::text), 'user.updated', 'updated', now() - n * interval '1 minute' from generate_series(1, 200000) n`)
  await pool.query('vacuum analyze webhook_deliveries')
  const { sql, params } = new PgDialect().sqlToQuery(forgetDeliveries)
  const { rows } = await pool.query(`explain ${sql}`, params)
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).toContain('webhook_deliveries_received_at_index')
  expect(plan).not.toContain('Seq Scan')
  await runPass(world)
  const left = await pool.query('select count(*)::int as count from webhook_deliveries')
  expect(left.rows).toEqual([{ count: 150_000 }])
})
