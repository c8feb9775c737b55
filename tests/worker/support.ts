/** Calls to the Worker, what they did to the database, and what they must never say. */

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, vi } from 'vitest'
import type { FaultInput } from '../../dev/faults.ts'
import worker from '../../worker/index.ts'
import { tokenFor } from './tokens.ts'

export const ORIGIN = 'https://app.example.com'

export type Answer = {
  status: number
  headers: Headers
  body: unknown
  text: string
  logs: Record<string, unknown>[]
}
type Options = RequestInit & { json?: unknown; bindings?: Record<string, unknown> }

/**
 * One request to the Worker. Whatever the test is about, its log must be one JSON line with the request's id, and neither
 * the log nor the answer may hold a token, a secret, a connection string, SQL or a stack.
 */
export async function call(path: string, { json, bindings, ...init }: Options = {}): Promise<Answer> {
  const headers = new Headers(init.headers)
  if (json !== undefined) {
    init.method ??= 'POST'
    init.body = JSON.stringify(json)
    if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json')
  }
  const request = new Request(new URL(path, ORIGIN), { ...init, headers })
  const lines: string[] = []
  const record = (...parts: unknown[]) => void lines.push(parts.map(String).join(' '))
  const spies = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
  for (const spy of spies) spy.mockImplementation(record)
  const context = createExecutionContext()
  const response = await worker.fetch(request, { ...env, ...bindings }, context)
  const text = await response.text()
  await waitOnExecutionContext(context)
  for (const spy of spies) spy.mockRestore()

  const requestId = response.headers.get('X-Request-Id')
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(lines).toHaveLength(1)
  const logs = lines.map((line): Record<string, unknown> => JSON.parse(line))
  expect(logs[0]).toMatchObject({ requestId, status: response.status })
  const token = headers.get('Authorization')?.split('.')[2]
  const secrets = [
    env.CLERK_SECRET_KEY,
    env.DATABASE_URL,
    env.AI_API_KEY,
    'neon:neon',
    'select ',
    'insert ',
    '    at ',
    token,
  ].filter(Boolean)
  for (const secret of secrets) {
    expect(lines.join('\n')).not.toContain(secret)
    if (response.status >= 400) expect(text).not.toContain(secret)
  }
  expect(lines.join('\n')).not.toMatch(/@example\.com|Ada|Lovelace/)
  for (const header of [
    'Content-Security-Policy',
    'Strict-Transport-Security',
    'X-Content-Type-Options',
    'Referrer-Policy',
  ])
    expect(response.headers.get(header), header).toBeTruthy()
  expect(response.headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'")

  const isJson = /json/.test(response.headers.get('Content-Type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text ? JSON.parse(text) : text,
    logs,
  }
}

/** The same as a signed-in user. */
export async function callAs(subject: string, path: string, options: Options = {}): Promise<Answer> {
  const headers = new Headers(options.headers)
  headers.set('Authorization', `Bearer ${await tokenFor(subject)}`)
  return call(path, { ...options, headers })
}

export const sync = (
  subject: string,
  hint: Record<string, unknown> = {},
  options: Options = {},
): Promise<Answer> => callAs(subject, '/api/user/sync', { json: { userId: subject, ...hint }, ...options })

/** Every error has this shape. */
export function expectProblem(answer: Answer, status: number, code: string) {
  expect(answer.body).toMatchObject({
    status,
    code,
    title: expect.any(String),
    requestId: answer.headers.get('X-Request-Id'),
  })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
}

// --- The database, seen through an endpoint of the tests' own -------------------------------------------------------

/** Bare protocol rather than the driver, whose endpoint is global and the Worker's. */
export async function sql(query: string, params: unknown[] = []): Promise<Record<string, unknown>[]> {
  const response = await fetch(env.TEST_OBSERVER, {
    method: 'POST',
    headers: { 'Neon-Connection-String': env.DATABASE_URL, 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, params }),
  })
  if (!response.ok) throw new Error(`SQL failed: ${await response.text()}`)
  const { rows }: { rows: Record<string, unknown>[] } = await response.json()
  return rows
}

export async function databaseHash(): Promise<string> {
  const [row] = await sql(`
    select md5(concat(
      (select string_agg(t::text, '|' order by id) from users t),
      (select string_agg(t::text, '|' order by user_id) from sync_state t),
      (select string_agg(t::text, '|' order by user_id) from rate_limits t),
      (select string_agg(t::text, '|' order by user_id, id) from conversations t),
      (select string_agg(t::text, '|' order by user_id, id) from messages t),
      (select string_agg(t::text, '|' order by user_id, day) from usage_daily t),
      (select string_agg(t::text, '|' order by id) from tier_changes t))) as hash`)
  return String(row?.hash)
}

export const emptyDatabase = () => sql('truncate users, sync_state, webhook_deliveries cascade')

// --- The stand-ins' switches ----------------------------------------------------------------------------------------

/** A connection that a fault has reset may still be in the pool, and fails whoever is next to use it. */
const reach = (url: string, init: RequestInit) => fetch(url, init).catch(() => fetch(url, init))

type StandIn = 'TEST_NEON' | 'TEST_CLERK' | 'TEST_ASSISTANT'
export const control = (standIn: StandIn, path: string, method = 'GET', body?: unknown) =>
  reach(`${env[standIn]}/_control/${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })

export const arm = (standIn: StandIn, fault: FaultInput) => control(standIn, 'faults', 'POST', fault)

/** PostgreSQL's refusal, as Neon passes it on. */
export const sqlError = (code: string, extra: Record<string, string> = {}): FaultInput['act'] => ({
  kind: 'respond',
  status: 400,
  body: JSON.stringify({ message: `error ${code} on ada@example.com`, code, severity: 'ERROR', ...extra }),
  headers: { 'content-type': 'application/json' },
})

/** Neon's own. */
export const TOO_LARGE: FaultInput['act'] = {
  kind: 'respond',
  status: 507,
  body: '{"message":"response is too large"}',
}

export async function resetStandIns() {
  for (const standIn of ['TEST_NEON', 'TEST_CLERK', 'TEST_ASSISTANT'] as const) {
    await control(standIn, 'faults', 'DELETE', {})
    await control(standIn, 'requests', 'DELETE', {})
  }
}

/** The requests that a stand-in has received since the reset, as `GET /path`. */
export async function requestsTo(standIn: StandIn): Promise<string[]> {
  const requests: { method: string; path: string }[] = await (await control(standIn, 'requests')).json()
  return requests.map(({ method, path }) => `${method} ${path}`)
}

/** Runs something that must leave the database alone, without one request to it. */
export async function expectUntouched(run: () => Promise<Answer>): Promise<Answer> {
  const before = await databaseHash()
  await resetStandIns()
  const answer = await run()
  expect(await requestsTo('TEST_NEON')).toEqual([])
  expect(await databaseHash()).toBe(before)
  return answer
}

/** Runs something that may ask the database but must change nothing in it. */
export async function expectUnchanged(run: () => Promise<Answer>): Promise<Answer> {
  const before = await databaseHash()
  const answer = await run()
  expect(await databaseHash()).toBe(before)
  return answer
}

// --- Clerk's users --------------------------------------------------------------------------------------------------

export type ClerkUser = { id: string; updated_at: number; created_at: number; image_url: string }

async function clerk(method: string, path: string, body?: unknown): Promise<ClerkUser> {
  const response = await reach(`${env.TEST_CLERK}/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${env.CLERK_SECRET_KEY}`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`Clerk stand-in: ${response.status} ${await response.text()}`)
  return response.json()
}

let count = 0
export function newClerkUser(profile: Record<string, unknown> = {}): Promise<ClerkUser> {
  count += 1
  return clerk('POST', '/users', {
    email_address: [`person-${Date.now()}-${count}@example.com`],
    first_name: 'Ada',
    last_name: 'Lovelace',
    password: 'correct-horse-battery',
    ...profile,
  })
}

export const changeClerkUser = (id: string, profile: Record<string, unknown>) =>
  clerk('PATCH', `/users/${id}`, profile)
export const deleteClerkUser = (id: string) => clerk('DELETE', `/users/${id}`)
export const banClerkUser = (id: string) => clerk('POST', `/users/${id}/ban`)
export const unbanClerkUser = (id: string) => clerk('POST', `/users/${id}/unban`)
