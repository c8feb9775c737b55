/** What the Neon endpoint takes and what it turns away: forms, sizes, credentials, and clients that leave. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Endpoint, eventually, openEndpoint } from './neon.ts'

const LIMIT = 10 * 1024 * 1024

let endpoint: Endpoint
beforeAll(async () => {
  endpoint = await openEndpoint()
  await endpoint.direct.query('create table notes (note text)')
})
afterAll(() => endpoint.close())

const notes = async () => (await endpoint.direct.query('select note from notes')).rows.map(({ note }) => note)
const as = (connectionString: string) => ({ 'Neon-Connection-String': connectionString })

const MALFORMED: [string, string | Uint8Array<ArrayBuffer>][] = [
  ['no body', ''],
  ['half a JSON text', '{"query":"select 1"'],
  ['JSON of another shape', '{"sql":"select 1"}'],
  ['a query that is no text', '{"query":1}'],
  ['parameters that are no list', '{"query":"select 1","params":{}}'],
  ['a batch with a query that is none', '{"queries":[{"query":"insert into notes values (\'m\')"},null]}'],
  ['a byte order mark', '\uFEFF{"query":"select 1"}'],
  ['bytes that are not UTF-8', Uint8Array.from([0x22, 0xff, 0x22])],
  [
    'a lone surrogate in a parameter',
    String.raw`{"query":"insert into notes values ($1)","params":["\ud83d"]}`,
  ],
  [
    'a lone surrogate deep in a parameter',
    String.raw`{"query":"select $1::jsonb","params":[{"a":["\udc4b"]}]}`,
  ],
  ['a lone surrogate in the statement', String.raw`{"query":"insert into notes values ('\ud83d')"}`],
]

test.each(MALFORMED)('%s is refused and nothing runs', async (_, body) => {
  const { status, json } = await endpoint.post(body)
  expect(status).toBe(400)
  expect(json).toMatchObject({
    message: expect.stringContaining('could not parse the HTTP request body'),
    code: '',
  })
  expect(await notes()).not.toContain('m')
})

test('a pair of surrogates is a character like any other', async () => {
  const body = String.raw`{"query":"select $1::text as wave","params":["\ud83d\udc4b"]}`
  expect((await endpoint.post(body)).json).toMatchObject({ rows: [{ wave: '👋' }] })
})

const CREDENTIALS: [string, string, number, object][] = [
  [
    'a wrong password',
    'neon:guess@h/neondb',
    400,
    { message: "password authentication failed for user 'neon'" },
  ],
  ['an unknown role', 'who:neon@h/neondb', 400, { message: "password authentication failed for user 'who'" }],
  ['an unknown database', 'neon:neon@h/nowhere', 500, { code: '3D000', severity: 'FATAL' }],
  ['no database', 'neon:neon@h', 400, { message: 'missing database name' }],
  ['no role', 'h/neondb', 400, { message: 'missing username' }],
  ['no password', 'neon@h/neondb', 400, { message: 'missing authentication credentials: required password' }],
]

test.each(CREDENTIALS)('%s is refused as Neon refuses it', async (_, rest, status, body) => {
  const answer = await endpoint.post({ query: 'select 1' }, as(`postgres://${rest}`))
  expect(answer.status).toBe(status)
  expect(answer.json).toMatchObject(body)
})

test('a connection string of another kind, or none, is refused', async () => {
  const wrong = await endpoint.post({ query: 'select 1' }, as('https://neon:neon@localhost/neondb'))
  expect(wrong.json).toMatchObject({ message: 'incorrect scheme' })
  const none = await endpoint.post({ query: 'select 1' }, as(''))
  expect(none.json).toMatchObject({ message: 'invalid header: neon-connection-string' })
})

test('the host of the connection string is never dialled', async () => {
  const elsewhere = as(
    'postgresql://neon:neon@ep-nowhere-123.eu-central-1.aws.neon.tech/neondb?sslmode=require',
  )
  expect((await endpoint.post({ query: 'select 1 as one' }, elsewhere)).json).toMatchObject({
    rows: [{ one: 1 }],
  })
})

test.each([
  ['GET', '/sql'],
  ['PUT', '/sql'],
  ['OPTIONS', '/sql'],
  ['POST', '/'],
])('%s %s is not supported', async (method, path) => {
  const response = await fetch(new URL(path, endpoint.url), { method })
  expect(response.status).toBe(400)
  expect(await response.json()).toBe('query is not supported')
})

test('no web page is ever let in', async () => {
  const { headers } = await endpoint.post({ query: 'select 1' }, { Origin: 'https://evil.example' })
  expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
})

test('a request of exactly the limit is taken, one byte more is not', async () => {
  const around = JSON.stringify({ query: 'select length($1) as n', params: [''] }).length
  const fits = await endpoint.post({ query: 'select length($1) as n', params: ['x'.repeat(LIMIT - around)] })
  expect(fits.json).toMatchObject({ rows: [{ n: LIMIT - around }] })
  const tooLarge = await endpoint.post({
    query: 'select length($1) as n',
    params: ['x'.repeat(LIMIT - around + 1)],
  })
  expect(tooLarge.status).toBe(413)
  expect(tooLarge.json).toMatchObject({ message: `request is too large (max is ${LIMIT} bytes)` })
})

test('a request without a length is cut off at the limit, however much would follow', async () => {
  let sent = 0
  const endless = new ReadableStream({
    pull(controller) {
      const chunk = new Uint8Array(64 * 1024).fill(0x20)
      sent += chunk.length
      controller.enqueue(chunk)
    },
  })
  expect((await endpoint.post(endless)).status).toBe(413)
  expect(sent).toBeLessThan(4 * LIMIT)
})

const TOO_MUCH: [string, string][] = [
  ['in one value', `select repeat('x', ${LIMIT})`],
  ['in many rows', "select repeat('x', 1000) from generate_series(1, 1000000)"],
  ['by its escapes alone', `select repeat('"', ${LIMIT / 2})`],
]

test.each(TOO_MUCH)('an answer over the limit %s is refused', async (_, query) => {
  const { status, json } = await endpoint.post({ query }, { 'Neon-Raw-Text-Output': 'true' })
  expect(status).toBe(507)
  expect(json).toMatchObject({ message: `response is too large (max is ${LIMIT} bytes)` })
})

test('an answer over the limit undoes its batch, also when no statement alone is over it', async () => {
  const half = { query: `select repeat('x', ${0.6 * LIMIT})` }
  const { status } = await endpoint.post({
    queries: [{ query: "insert into notes values ('lost')" }, half, half],
  })
  expect(status).toBe(507)
  expect(await notes()).not.toContain('lost')
})

/** Whether PostgreSQL is busy with a statement that has this in it. */
const isRunning = async (mark: string) => {
  const { rowCount } = await endpoint.direct.query(
    "select from pg_stat_activity where query like $1 and state = 'active' and pid <> pg_backend_pid()",
    [`%${mark}%`],
  )
  return rowCount !== 0
}

test.each(['statement', 'batch'])('a client that goes away has its %s cancelled and undone', async (kind) => {
  const query = `with left_early as (insert into notes values ('${kind}')) select pg_sleep(3600)`
  const client = new AbortController()
  const request = fetch(endpoint.url, {
    method: 'POST',
    headers: { 'Neon-Connection-String': endpoint.databaseUrl },
    body: JSON.stringify(kind === 'batch' ? { queries: [{ query }, { query: 'select 1' }] } : { query }),
    signal: client.signal,
  })
  await eventually(() => isRunning(`('${kind}')) select pg_sleep`))
  client.abort()
  await expect(request).rejects.toThrow()
  await eventually(async () => !(await isRunning(`('${kind}')) select pg_sleep`)))
  expect(await notes()).not.toContain(kind)
})

test('500 requests at once all get their own answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, i) => endpoint.sql.query('select $1::int as i, pg_sleep(0.01)', [i])),
  )
  expect(answers.map(([row]) => row?.i)).toEqual(Array.from({ length: 500 }, (_, i) => i))
})

test('32 statements run truly at the same time', async () => {
  await endpoint.direct.query('select pg_advisory_lock(32)')
  const blocked = Promise.all(
    Array.from({ length: 32 }, () =>
      endpoint.sql.query('select pg_advisory_lock_shared(32), pg_advisory_unlock_shared(32)'),
    ),
  )
  const waiting = "select from pg_locks where locktype = 'advisory' and objid = 32 and not granted"
  await eventually(async () => (await endpoint.direct.query(waiting)).rowCount === 32)
  await endpoint.direct.query('select pg_advisory_unlock(32)')
  expect(await blocked).toHaveLength(32)
})
