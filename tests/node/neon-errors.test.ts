/** An error through the Neon endpoint carries, field by field, what pg itself reports for the same statement. */
import { NeonDbError } from '@neondatabase/serverless'
import { DatabaseError } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Endpoint, openEndpoint } from './neon.ts'

const FIELDS = [
  'message',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'severity',
  'where',
  'table',
  'column',
  'schema',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const

let endpoint: Endpoint
beforeAll(async () => {
  endpoint = await openEndpoint()
  await endpoint.direct.query(`
    create domain positive as int check (value > 0);
    create table parents (id int primary key, name text not null, age positive, check (name <> ''));
    create table children (parent int references parents);
    insert into parents values (1, 'one', 1);
    create function fails(text) returns void language plpgsql as $$ begin execute $1; end $$;
  `)
})
afterAll(() => endpoint.close())

/** A failing statement, and the fields that make its case worth having. */
const FAILURES: [string, unknown[], Partial<DatabaseError>][] = [
  [
    "insert into parents values (1, 'again', 1)",
    [],
    { code: '23505', constraint: 'parents_pkey', table: 'parents' },
  ],
  ['insert into parents values (2, null, 1)', [], { code: '23502', column: 'name', schema: 'public' }],
  ["insert into parents values (2, '', 1)", [], { code: '23514', constraint: 'parents_name_check' }],
  ["insert into parents values (2, 'two', -1)", [], { code: '23514', dataType: 'positive' }],
  [
    'insert into children values (9)',
    [],
    { code: '23503', detail: 'Key (parent)=(9) is not present in table "parents".' },
  ],
  [
    'select nme from parents',
    [],
    { code: '42703', position: '8', hint: expect.stringContaining('parents.name') },
  ],
  ['selec 1', [], { code: '42601', position: '1' }],
  [
    'select 1; select 2',
    [],
    { code: '42601', message: 'cannot insert multiple commands into a prepared statement' },
  ],
  ['select * from nowhere', [], { code: '42P01' }],
  ['select $1::int', ['x'], { code: '22P02', where: "unnamed portal parameter $1 = '...'" }],
  ['select $1::text', ['a\0b'], { code: '22021' }],
  ['select $1, $2', ['only one'], { code: '08P01' }],
  ['select 1 / $1::int', ['0'], { code: '22012', routine: 'int4div' }],
  ["select fails('selec 1')", [], { code: '42601', internalPosition: '1', internalQuery: 'selec 1' }],
  ["select fails('drop table parents')", [], { code: '2BP01', where: expect.stringContaining('PL/pgSQL') }],
  [
    "do $$ begin raise exception 'own' using errcode = 'SW001', hint = 'h', detail = 'd'; end $$",
    [],
    { code: 'SW001' },
  ],
  ['create role another superuser', [], { code: '42501' }],
  ['vacuum nowhere', [], { code: '42P01' }],
]

test.each(FAILURES)('%s fails here as it fails in pg', async (query, params, expected) => {
  const config = { text: query, values: params, queryMode: 'extended' }
  const inPg = await endpoint.direct.query(config).catch((error: unknown) => error)
  const here = await endpoint.sql.query(query, params).catch((error: unknown) => error)
  if (!(inPg instanceof DatabaseError) || !(here instanceof NeonDbError)) throw new Error('both must fail')
  const fields = (error: DatabaseError | NeonDbError) =>
    Object.fromEntries(FIELDS.map((name) => [name, error[name]]))
  expect(fields(here)).toEqual(fields(inPg))
  expect(fields(here)).toMatchObject(expected)
})

test('on the wire every field is there, null where PostgreSQL says nothing', async () => {
  const { status, json } = await endpoint.post({ query: 'select 1 / 0' })
  expect(status).toBe(400)
  expect(Object.keys(json ?? {}).toSorted()).toEqual([...FIELDS].toSorted())
  expect(json).toMatchObject({
    code: '22012',
    detail: null,
    position: null,
    line: expect.stringMatching(/^\d+$/),
  })
})

test('after a failed statement the next one is none the worse', async () => {
  await endpoint.sql.query('select 1 / 0').catch(() => {})
  expect(await endpoint.sql.query('select 1 as one')).toEqual([{ one: 1 }])
})

test('a connection that PostgreSQL ends under a statement says so, and the next statement gets another', async () => {
  const own = endpoint.sql.query('select pg_terminate_backend(pg_backend_pid())')
  await expect(own).rejects.toMatchObject({ code: '57P01', severity: 'FATAL' })
  expect(await endpoint.sql.query('select 1 as one')).toEqual([{ one: 1 }])
})
