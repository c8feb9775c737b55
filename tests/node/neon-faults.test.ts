/** Each way in which the Neon endpoint can be made to misbehave, as the driver meets it, and what PostgreSQL then holds. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FaultInput } from '../../dev/faults.ts'
import { type Endpoint, eventually, openEndpoint } from './neon.ts'

let endpoint: Endpoint
beforeAll(async () => {
  endpoint = await openEndpoint()
  await endpoint.direct.query('create table marks (mark text)')
})
afterEach(() => endpoint.faults.clear())
afterAll(() => endpoint.close())

const insert = (mark: string, signal?: AbortSignal) =>
  endpoint.sql.query(
    'insert into marks values ($1) returning mark',
    [mark],
    signal && { fetchOptions: { signal } },
  )

const isStored = async (mark: string) =>
  (await endpoint.direct.query('select from marks where mark = $1', [mark])).rowCount === 1

const arm = (act: FaultInput['act'], rest: Omit<FaultInput, 'act'> = {}) =>
  endpoint.faults.arm({ act, ...rest })

/** The act, how the driver fails on it, and whether the statement has been executed all the same. */
const BREAKAGES: [FaultInput['act'], RegExp, boolean][] = [
  [{ kind: 'respond', status: 503, body: 'down' }, /HTTP status 503/, false],
  [{ kind: 'reset' }, /Error connecting to database/, false],
  [{ kind: 'lose-answer' }, /Error connecting to database/, true],
  [{ kind: 'cut-answer' }, /terminated/, true],
  [{ kind: 'truncate-answer' }, /JSON/, true],
]

test.each(BREAKAGES)('$kind breaks the request; what was executed stays', async (act, failure, executed) => {
  arm(act, { times: 1 })
  await expect(insert(act.kind)).rejects.toThrow(failure)
  expect(await isStored(act.kind)).toBe(executed)
  expect(await insert(`after ${act.kind}`)).toEqual([{ mark: `after ${act.kind}` }])
})

/** Neither ever answers; the driver has no deadline but the caller's. */
const SILENCES: [FaultInput['act']['kind'] & ('hang' | 'stall-answer'), boolean][] = [
  ['hang', false],
  ['stall-answer', true],
]

test.each(SILENCES)('%s never answers; the caller’s deadline ends it', async (kind, executed) => {
  arm({ kind }, { times: 1 })
  const caller = new AbortController()
  const request = insert(kind, caller.signal)
  const failed = expect(request).rejects.toThrow()
  if (executed) await eventually(() => isStored(kind))
  else await eventually(async () => endpoint.faults.requests.length > 0)
  caller.abort(new Error('too late'))
  await failed
  expect(await isStored(kind)).toBe(executed)
})

test('delay answers as ever, later', async () => {
  arm({ kind: 'delay', ms: 50 }, { times: 1 })
  expect(await insert('delay')).toEqual([{ mark: 'delay' }])
})

test('hold executes nothing until it is cleared', async () => {
  endpoint.faults.requests = []
  arm({ kind: 'hold' })
  const held = insert('hold').then((rows) => rows)
  await eventually(async () => endpoint.faults.requests.length === 1)
  expect(await isStored('hold')).toBe(false)
  endpoint.faults.clear()
  expect(await held).toEqual([{ mark: 'hold' }])
})

test('an error made up by a fault looks to the driver like PostgreSQL’s own', async () => {
  const body = JSON.stringify({ message: 'deadlock detected', code: '40P01', severity: 'ERROR' })
  arm({ kind: 'respond', status: 400, body }, { match: { body: 'insert into marks' }, times: 1 })
  expect(await endpoint.sql.query('select 1 as one')).toEqual([{ one: 1 }])
  await expect(insert('deadlock')).rejects.toMatchObject({ code: '40P01' })
})

test('a fault strikes as often as it is told to', async () => {
  arm({ kind: 'reset' }, { times: 2 })
  await expect(insert('twice')).rejects.toThrow()
  await expect(insert('twice')).rejects.toThrow()
  expect(await insert('twice')).toEqual([{ mark: 'twice' }])
})

test('over HTTP faults are armed and cleared and the log is read and emptied, without being counted', async () => {
  const control = (path: string, method: string, body?: object) =>
    fetch(new URL(`/_control/${path}`, endpoint.url), {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  await control('requests', 'DELETE')
  await control('faults', 'POST', { act: { kind: 'respond', status: 418 } })
  await expect(endpoint.sql`select 1`).rejects.toThrow('418')
  await control('faults', 'DELETE')
  await endpoint.sql.transaction([endpoint.sql`select 1`, endpoint.sql`select 2`])
  const seen = await (await control('requests', 'GET')).json()
  const request = { method: 'POST', path: '/sql', at: expect.any(Number) }
  expect(seen).toEqual([request, request])
})
