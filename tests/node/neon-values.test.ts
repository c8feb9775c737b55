/** Values come through the Neon endpoint and the real driver as pg itself reads them from the same PostgreSQL. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Endpoint, openEndpoint } from './neon.ts'

let endpoint: Endpoint
beforeAll(async () => {
  endpoint = await openEndpoint()
})
afterAll(() => endpoint.close())

/** An expression, and what JavaScript is to make of it. */
const VALUES: [string, unknown][] = [
  ['null', null],
  ['null::int', null],
  ['true', true],
  ['32767::int2', 32_767],
  ['(-2147483648)::int4', -2_147_483_648],
  ['9223372036854775807::int8', '9223372036854775807'],
  ['0.1::float8', 0.1],
  ["'NaN'::float8", Number.NaN],
  ["'-Infinity'::float4", Number.NEGATIVE_INFINITY],
  ['1234567890.123456789012345678::numeric', '1234567890.123456789012345678'],
  ["''::text", ''],
  [String.raw`E'quote " backslash \\ newline \n tab \t'::text`, 'quote " backslash \\ newline \n tab \t'],
  ["'नमस्ते 👋🏽'::text", 'नमस्ते 👋🏽'],
  ["'a  '::char(3)", 'a  '],
  [String.raw`'\x00ff10'::bytea`, Buffer.from([0, 255, 16])],
  [`'{"b":[1,null,{"c":"\\u0041"}],"a":1.50}'::json`, { b: [1, null, { c: 'A' }], a: 1.5 }],
  [`'"text"'::jsonb`, 'text'],
  ["'null'::jsonb", null],
  ["'2026-02-28 23:59:59.123456+05:30'::timestamptz", new Date('2026-02-28T18:29:59.123Z')],
  ["'2026-10-25'::date::text", '2026-10-25'],
  ["'13:37'::time", '13:37:00'],
  ["'b4e0f1a2-0000-4000-8000-000000000000'::uuid", 'b4e0f1a2-0000-4000-8000-000000000000'],
  ["'{}'::int[]", []],
  ["'{1,NULL,3}'::int[]", [1, null, 3]],
  ["'{{1},{2}}'::int[]", [[1], [2]]],
  ["'[0:1]={7,8}'::int[]", [7, 8]],
  [
    String.raw`array['a,b', 'c"d', 'e\f', '{g}', '', 'NULL', null]`,
    ['a,b', 'c"d', 'e\\f', '{g}', '', 'NULL', null],
  ],
  ["array['t','f']::bool[]", [true, false]],
]

test.each(VALUES)('%s arrives whole', async (expression, expected) => {
  const query = `select ${expression} as value`
  const [throughDriver] = await endpoint.sql.query(query)
  const throughPg = await endpoint.direct.query(query)
  expect(throughDriver).toEqual({ value: expected })
  expect(throughPg.rows[0]).toEqual({ value: expected })
})

/** A parameter, the type it is sent as, and what comes back. */
const PARAMETERS: [unknown, string, unknown][] = [
  [null, 'text', null],
  ['', 'text', ''],
  ['null', 'text', 'null'],
  [String.raw`'; drop table x; -- \ "`, 'text', String.raw`'; drop table x; -- \ "`],
  [false, 'bool', false],
  [-1.5, 'float8', -1.5],
  [2 ** 53, 'int8', String(2 ** 53)],
  [new Date('2026-03-29T00:30:00.250Z'), 'timestamptz', new Date('2026-03-29T00:30:00.250Z')],
  [Buffer.from([0, 1, 254]), 'bytea', Buffer.from([0, 1, 254])],
  [{ a: [1, 'x', null], 'k"': true }, 'jsonb', { a: [1, 'x', null], 'k"': true }],
  [
    ['a,b', 'c"d', 'e\\f', 'g\nh', '', 'NULL', null],
    'text[]',
    ['a,b', 'c"d', 'e\\f', 'g\nh', '', 'NULL', null],
  ],
  [[[1], [2]], 'int[]', [[1], [2]]],
  [[], 'int[]', []],
]

test.each(PARAMETERS)(
  'the parameter %j as %s is stored as it was meant',
  async (parameter, type, expected) => {
    expect(await endpoint.sql.query(`select $1::${type} as value`, [parameter])).toEqual([
      { value: expected },
    ])
  },
)

test('bare JSON parameters reach PostgreSQL as text', async () => {
  const { json } = await endpoint.post(
    {
      query: 'select $1::int + 1 as number, $2::bool as flag, $3::jsonb as document, $4::text[] as list',
      params: [41, true, { a: [1] }, ['x"y', { k: 'v' }]],
    },
    { 'Neon-Raw-Text-Output': 'true' },
  )
  expect(json).toMatchObject({
    rows: [{ number: '42', flag: 't', document: '{"a": [1]}', list: String.raw`{"x\"y","{\"k\":\"v\"}"}` }],
  })
})

test('a column is described as PostgreSQL describes it', async () => {
  await endpoint.direct.query('create table described (id int, name varchar(20))')
  const query = 'select name, id, count(*) over () as total from described'
  const { fields } = await endpoint.sql.query(query, [], { fullResults: true })
  expect(fields).toEqual((await endpoint.direct.query(query)).fields)
  expect(fields).toMatchObject([
    { name: 'name', columnID: 2, dataTypeModifier: 24 },
    { name: 'id' },
    { tableID: 0 },
  ])
})

test('array mode gives rows as lists, two columns of one name included', async () => {
  expect(await endpoint.sql.query('select 1 as a, 2 as a', [], { arrayMode: true })).toEqual([[1, 2]])
  const byHeader = await endpoint.post({ query: 'select 1 as a, 2 as a' }, { 'Neon-Array-Mode': 'true' })
  expect(byHeader.json).toMatchObject({ rowAsArray: true, rows: [[1, 2]] })
  const byBody = await endpoint.post(
    { query: 'select 1 as a', arrayMode: false },
    { 'Neon-Array-Mode': 'true' },
  )
  expect(byBody.json).toMatchObject({ rowAsArray: false, rows: [{ a: 1 }] })
})

const COMMANDS: [string, string, number | null][] = [
  ['create table counted (n int)', 'CREATE', null],
  ['insert into counted select generate_series(1, 5)', 'INSERT', 5],
  ['update counted set n = n + 1 where n > 3', 'UPDATE', 2],
  ['delete from counted where n = 100', 'DELETE', 0],
  ['select n from counted', 'SELECT', 5],
  ['', '', null],
  ['-- nothing but a comment', '', null],
]

test.each(COMMANDS)('the answer to "%s" says what was done', async (query, command, rowCount) => {
  expect(await endpoint.sql.query(query, [], { fullResults: true })).toMatchObject({ command, rowCount })
})

test('without the raw-text header values are JSON', async () => {
  const { text } = await endpoint.post({
    query: `select true as b, 7 as i, 8::int8 as big, 'NaN'::float8 as nan, 2.5::float4 as f, 1.10::numeric as n,
      '{"deep":[12345678901234567890]}'::json as j, '{{1,NULL},{3,4}}'::int[] as m,
      array['a,b', 'c"d\\'] as t, array['{"k":1}'::jsonb] as js, '[2:3]={5,6}'::int[] as bounds, null as nil`,
  })
  expect(text.slice(text.indexOf('"rows"'))).toBe(
    '"rows":[{"b":true,"i":7,"big":"8","nan":"NaN","f":2.5,"n":"1.10",' +
      String.raw`"j":{"deep":[12345678901234567890]},"m":[[1,null],[3,4]],"t":["a,b","c\"d\\"],` +
      '"js":[{"k": 1}],"bounds":[5,6],"nil":null}]}',
  )
})

test('only the exact word "true" switches a header on', async () => {
  const { json } = await endpoint.post(
    { query: 'select 1 as a' },
    { 'Neon-Raw-Text-Output': 'True', 'Neon-Array-Mode': '1' },
  )
  expect(json).toMatchObject({ rowAsArray: false, rows: [{ a: 1 }] })
})
