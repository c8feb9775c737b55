/** A batch is one transaction: all of it or nothing, with the modes that its headers ask for. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Endpoint, eventually, openEndpoint } from './neon.ts'

let endpoint: Endpoint
beforeAll(async () => {
  endpoint = await openEndpoint()
  await endpoint.direct.query('create table entries (n int primary key)')
})
afterAll(() => endpoint.close())

const entries = async () =>
  (await endpoint.direct.query('select n from entries order by n')).rows.map(({ n }) => n)

test('the statements of a batch commit together, their results in order', async () => {
  const { sql } = endpoint
  const results = await sql.transaction([
    sql`insert into entries values (1), (2)`,
    sql`select count(*)::int as n from entries where n < 10`,
    sql`select pg_current_xact_id() = pg_current_xact_id() as one`,
  ])
  expect(results).toEqual([[], [{ n: 2 }], [{ one: true }]])
  expect(await entries()).toEqual([1, 2])
})

test('the first error of a batch undoes all of it and is the answer', async () => {
  const { sql } = endpoint
  const batch = sql.transaction([
    sql`insert into entries values (50)`,
    sql`insert into entries values (50)`,
    sql`insert into entries values (51)`,
  ])
  await expect(batch).rejects.toMatchObject({ code: '23505', constraint: 'entries_pkey' })
  expect(await entries()).not.toContain(50)
  expect(await entries()).not.toContain(51)
})

test('a constraint that is checked at the commit undoes the batch', async () => {
  await endpoint.direct.query('create table late (n int unique deferrable initially deferred)')
  const { sql } = endpoint
  await expect(sql.transaction([sql`insert into late values (1), (1)`])).rejects.toMatchObject({
    code: '23505',
  })
  expect((await endpoint.direct.query('select from late')).rowCount).toBe(0)
})

const LEVELS = ['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable'] as const

test.each(LEVELS)('a batch runs at %s when it asks for it, and the answer repeats that', async (level) => {
  const words = level.replace(/\B(?=[A-Z])/, ' ').toLowerCase()
  const { sql } = endpoint
  expect(await sql.transaction([sql`show transaction_isolation`], { isolationLevel: level })).toEqual([
    [{ transaction_isolation: words }],
  ])
  const { headers } = await endpoint.post({ queries: [] }, { 'Neon-Batch-Isolation-Level': level })
  expect(headers.get('Neon-Batch-Isolation-Level')).toBe(level)
})

test('a batch without an isolation level runs at the database’s own', async () => {
  const { sql } = endpoint
  expect(await sql.transaction([sql`show transaction_isolation`])).toEqual([
    [{ transaction_isolation: 'read committed' }],
  ])
})

test('a read-only batch cannot write, and the answer repeats the mode', async () => {
  const { sql } = endpoint
  const write = sql.transaction([sql`insert into entries values (60)`], { readOnly: true })
  await expect(write).rejects.toMatchObject({ code: '25006' })
  const { headers } = await endpoint.post({ queries: [] }, { 'Neon-Batch-Read-Only': 'true' })
  expect(headers.get('Neon-Batch-Read-Only')).toBe('true')
})

test('a deferrable batch is one, and the answer repeats the mode', async () => {
  const { sql } = endpoint
  const modes = { isolationLevel: 'Serializable', readOnly: true, deferrable: true } as const
  expect(await sql.transaction([sql`show transaction_deferrable`], modes)).toEqual([
    [{ transaction_deferrable: 'on' }],
  ])
  const { headers } = await endpoint.post({ queries: [] }, { 'Neon-Batch-Deferrable': 'true' })
  expect(headers.get('Neon-Batch-Deferrable')).toBe('true')
})

test('the modes of a batch do nothing to a single statement', async () => {
  const { status, headers } = await endpoint.post(
    { query: 'insert into entries values (61)' },
    { 'Neon-Batch-Read-Only': 'true', 'Neon-Batch-Isolation-Level': 'Serializable' },
  )
  expect(status).toBe(200)
  expect(headers.get('Neon-Batch-Read-Only')).toBeNull()
  expect(headers.get('Neon-Batch-Isolation-Level')).toBeNull()
  expect(await entries()).toContain(61)
})

test('an unknown isolation level is refused before anything runs', async () => {
  const { status, json } = await endpoint.post(
    { queries: [{ query: 'insert into entries values (62)' }] },
    { 'Neon-Batch-Isolation-Level': 'Snapshot' },
  )
  expect(status).toBe(400)
  expect(json).toMatchObject({ message: 'invalid isolation level' })
  expect(await entries()).not.toContain(62)
})

test('an empty batch is legal', async () => {
  expect((await endpoint.post({ queries: [] })).json).toEqual({ results: [] })
})

test('each statement of a read-committed batch sees what was committed before it', async () => {
  const { sql, direct } = endpoint
  await direct.query('select pg_advisory_lock(7)')
  const batch = Promise.all([
    sql.transaction([
      sql`select from entries where n = 70`,
      sql`select pg_advisory_xact_lock(7)`,
      sql`select n from entries where n = 70`,
    ]),
  ])
  const waiting = "select from pg_locks where locktype = 'advisory' and not granted"
  await eventually(async () => (await direct.query(waiting)).rowCount === 1)
  await direct.query('insert into entries values (70)')
  await direct.query('select pg_advisory_unlock(7)')
  const [results] = await batch
  expect(results).toMatchObject([[], [{}], [{ n: 70 }]])
})

test('a transaction left open by one request is never met by another', async () => {
  await endpoint.post({ query: 'begin' })
  await endpoint.post({ query: 'insert into entries values (80)' })
  expect(await entries()).toContain(80)
  const open = await endpoint.direct.query(
    "select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
  )
  expect(open.rowCount).toBe(0)
})
