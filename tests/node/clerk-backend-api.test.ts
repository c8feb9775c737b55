/** The Clerk stand-in's Backend API, held to the real @clerk/backend and to Clerk's OpenAPI. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createClerkClient } from '@clerk/backend'
import { isClerkAPIResponseError } from '@clerk/backend/errors'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { type ClerkStandIn, startClerk } from '../../dev/clerk/index.ts'
import { INSTANCE_ID, SECRET_KEY } from '../../dev/settings.ts'

/** The `required` lists of `User` and `EmailAddress` in https://github.com/clerk/openapi-specs, bapi/2026-05-12.yml. */
const USER_FIELDS =
  'id object external_id primary_email_address_id primary_phone_number_id primary_web3_wallet_id username first_name last_name has_image public_metadata email_addresses phone_numbers web3_wallets passkeys password_enabled two_factor_enabled totp_enabled backup_code_enabled mfa_enabled_at mfa_disabled_at external_accounts saml_accounts enterprise_accounts last_sign_in_at banned locked lockout_expires_in_seconds verification_attempts_remaining updated_at created_at delete_self_enabled create_organization_enabled last_active_at legal_accepted_at'
const EMAIL_FIELDS = 'object email_address reserved verification linked_to created_at updated_at'

let clerk: ClerkStandIn
let api: ReturnType<typeof createClerkClient>

beforeAll(async () => {
  clerk = await startClerk({ port: 0 })
  api = createClerkClient({ secretKey: SECRET_KEY, apiUrl: clerk.url })
})
afterAll(() => clerk.stop())

const get = (path: string, key: string | null = SECRET_KEY) =>
  fetch(clerk.url + path, { headers: key === null ? {} : { authorization: `Bearer ${key}` } })

async function refusal(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isClerkAPIResponseError(error)) throw new Error('Clerk did not refuse')
  const { status, errors, retryAfter, clerkTraceId } = error
  return { status, code: errors[0]?.code, param: errors[0]?.meta?.paramName, retryAfter, clerkTraceId }
}

const oneAfterTheOther = async <T>(count: number, make: (index: number) => Promise<T>) => {
  const made: T[] = []
  for (let index = 0; index < count; index += 1) made.push(await make(index))
  return made
}

test('the instance that the key opens', async () => {
  expect(await api.instance.get()).toMatchObject({ id: INSTANCE_ID, environmentType: 'development' })
  expect((await get('/v1/instance', 'sk_test_another')).status).toBe(401)
})

test('a created user comes back whole through the SDK', async () => {
  const user = await api.users.createUser({
    emailAddress: ['Emmy@Example.com', 'emmy.noether@example.com'],
    firstName: 'Emmy',
    lastName: 'Noether',
    password: 'ideals-and-rings',
    externalId: 'ext-1',
    publicMetadata: { plan: 'gold' },
    privateMetadata: { note: 'secret' },
  })
  expect(user.id).toMatch(/^user_[0-9A-Za-z]{27}$/)
  const again = await api.users.getUser(user.id)
  expect(again).toMatchObject({
    firstName: 'Emmy',
    lastName: 'Noether',
    passwordEnabled: true,
    externalId: 'ext-1',
    publicMetadata: { plan: 'gold' },
    privateMetadata: { note: 'secret' },
    banned: false,
    locked: false,
  })
  expect(again.primaryEmailAddress?.emailAddress).toBe('emmy@example.com')
  expect(again.primaryEmailAddress?.verification?.status).toBe('verified')
  expect(again.emailAddresses).toHaveLength(2)
  expect(again.updatedAt).toBe(user.updatedAt)
  expect(new URL(again.imageUrl).origin).toBe(clerk.url)
})

test('users and addresses have every field that the specification requires, times in milliseconds', async () => {
  const { id } = await api.users.createUser({ emailAddress: ['fields@example.com'] })
  const answer = await get(`/v1/users/${id}`)
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  const user = z
    .looseObject({ email_addresses: z.array(z.looseObject({})), created_at: z.number() })
    .parse(await answer.json())
  expect(Object.keys(user)).toEqual(expect.arrayContaining(USER_FIELDS.split(' ')))
  expect(Object.keys(user.email_addresses[0] ?? {})).toEqual(expect.arrayContaining(EMAIL_FIELDS.split(' ')))
  expect(Math.abs(user.created_at - Date.now())).toBeLessThan(60_000)
})

test('the list is a bare array, newest first, and pages without gaps', async () => {
  const made = await oneAfterTheOther(7, (n) =>
    api.users.createUser({ emailAddress: [`page${n}@list.example`] }),
  )
  const mine = '/v1/users?email_address_query=list.example'
  const ids = async (query: string) => {
    const answer = await get(`${mine}${query}`)
    return z
      .array(z.object({ id: z.string() }))
      .parse(await answer.json())
      .map(({ id }) => id)
  }
  const expected = made.map(({ id }) => id)
  expect(await ids('&order_by=%2Bcreated_at')).toEqual(expected)
  expect(await ids('')).toEqual(expected.toReversed())
  expect(await ids('&order_by=-created_at&limit=3&offset=2')).toEqual(expected.toReversed().slice(2, 5))
  expect(await ids(`&limit=2&starting_after=${expected[5]}`)).toEqual([expected[4], expected[3]])
  const [, second] = made
  expect(await ids(`&created_at_after=${second?.createdAt}`)).not.toContain(second?.id)
  expect((await get('/v1/users?limit=501')).status).toBe(422)
  expect((await get('/v1/users?order_by=shoe_size')).status).toBe(422)
})

test('filters and the count agree', async () => {
  const a = await api.users.createUser({ emailAddress: ['one@filter.example'], firstName: 'Filterina' })
  // Two of one millisecond have no order by their creation.
  await sleep(2)
  const b = await api.users.createUser({ emailAddress: ['two@filter.example'] })
  const byId = await api.users.getUserList({ userId: [a.id, b.id], orderBy: '+created_at' })
  expect(byId.data.map(({ id }) => id)).toEqual([a.id, b.id])
  expect(byId.totalCount).toBe(2)
  expect((await api.users.getUserList({ emailAddress: ['TWO@filter.example'] })).data[0]?.id).toBe(b.id)
  expect(await api.users.getCount({ query: 'filterina' })).toBe(1)
  await api.users.banUser(b.id)
  expect((await api.users.getUser(b.id)).banned).toBe(true)
  expect((await api.users.getUser(a.id)).banned).toBe(false)
})

test('every change moves updated_at on, even within one millisecond', async () => {
  const user = await api.users.createUser({ emailAddress: ['versions@example.com'] })
  const versions = [user.updatedAt]
  for (let change = 0; change < 20; change += 1)
    versions.push((await api.users.updateUser(user.id, { firstName: `Name ${change}` })).updatedAt)
  versions.push((await api.users.lockUser(user.id)).updatedAt)
  versions.push((await api.users.unlockUser(user.id)).updatedAt)
  versions.push((await api.users.updateUserMetadata(user.id, { publicMetadata: { a: 1 } })).updatedAt)
  expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  expect(new Set(versions).size).toBe(versions.length)
})

test('a user may have no address at all, and lose the last one', async () => {
  const user = await api.users.createUser({ firstName: 'Nobody', skipPasswordRequirement: true })
  expect(user.primaryEmailAddressId).toBeNull()
  const email = await api.emailAddresses.createEmailAddress({
    userId: user.id,
    emailAddress: 'late@example.com',
    verified: true,
  })
  expect((await api.users.getUser(user.id)).primaryEmailAddressId).toBe(email.id)
  await api.emailAddresses.deleteEmailAddress(email.id)
  const after = await api.users.getUser(user.id)
  expect(after.emailAddresses).toEqual([])
  expect(after.primaryEmailAddressId).toBeNull()
})

test('the primary address moves to the one that is named', async () => {
  const user = await api.users.createUser({ emailAddress: ['old@primary.example'] })
  const made = { userId: user.id, emailAddress: 'new@primary.example', verified: true }
  const email = await api.emailAddresses.createEmailAddress(made)
  expect((await api.users.getUser(user.id)).primaryEmailAddress?.emailAddress).toBe('old@primary.example')
  await api.emailAddresses.updateEmailAddress(email.id, { primary: true })
  expect((await api.users.getUser(user.id)).primaryEmailAddress?.emailAddress).toBe('new@primary.example')
})

test('the SDK reports what is refused with Clerk’s status and code', async () => {
  await api.users.createUser({ emailAddress: ['taken@example.com'] })
  expect(await refusal(api.users.createUser({ emailAddress: ['TAKEN@example.com'] }))).toMatchObject({
    status: 422,
    code: 'form_identifier_exists',
    param: 'email_address',
  })
  expect(
    await refusal(api.users.createUser({ emailAddress: ['x@example.com'], password: 'short' })),
  ).toMatchObject({ status: 422, code: 'form_password_length_too_short', param: 'password' })
  expect(await refusal(api.users.createUser({ emailAddress: ['nonsense'] }))).toMatchObject({
    status: 422,
    code: 'form_param_format_invalid',
  })
  const missing = await refusal(api.users.getUser('user_nobody'))
  expect(missing).toMatchObject({ status: 404, code: 'resource_not_found' })
  expect(missing.clerkTraceId).toMatch(/^[0-9a-f]{32}$/)
  const stranger = createClerkClient({ secretKey: 'sk_test_stranger', apiUrl: clerk.url })
  expect(await refusal(stranger.users.getCount())).toMatchObject({
    status: 401,
    code: 'authentication_invalid',
  })
  expect((await get('/v1/users', null)).status).toBe(401)
  expect((await get('/v1/jwks', null)).status).toBe(401)
})

test('an unknown parameter and broken JSON are refused', async () => {
  const post = (body: string) =>
    fetch(`${clerk.url}/v1/users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' },
      body,
    })
  const unknown = await post('{"tier":"MAXX"}')
  expect(unknown.status).toBe(422)
  expect(await unknown.json()).toMatchObject({
    errors: [{ code: 'form_param_unknown', meta: { param_name: 'tier' } }],
  })
  expect((await post('{"first_name":')).status).toBe(400)
})

test('a deleted user is gone', async () => {
  const user = await api.users.createUser({ emailAddress: ['gone@example.com'] })
  expect(await api.users.deleteUser(user.id)).toMatchObject({ id: user.id, object: 'user', deleted: true })
  expect(await refusal(api.users.getUser(user.id))).toMatchObject({ status: 404 })
  expect(await refusal(api.users.deleteUser(user.id))).toMatchObject({ status: 404 })
  await api.users.createUser({ emailAddress: ['gone@example.com'] })
})

test('metadata is merged deeply, and null takes a key away', async () => {
  const user = await api.users.createUser({
    emailAddress: ['meta@example.com'],
    publicMetadata: { a: { b: 1, c: 2 }, d: 3 },
  })
  const after = await api.users.updateUserMetadata(user.id, { publicMetadata: { a: { b: null, e: 4 } } })
  expect(after.publicMetadata).toEqual({ a: { c: 2, e: 4 }, d: 3 })
})

test('the fault switches reach the SDK: 429 with Retry-After, a dropped connection, a lost answer', async () => {
  const user = await api.users.createUser({ emailAddress: ['faults@example.com'] })
  const headers = { 'Retry-After': '7', 'Content-Type': 'application/json' }
  const act = {
    kind: 'respond' as const,
    status: 429,
    body: '{"errors":[{"code":"too_many_requests"}]}',
    headers,
  }
  clerk.faults.arm({ match: { method: 'GET', path: '/v1/users' }, times: 1, act })
  expect(await refusal(api.users.getUser(user.id))).toMatchObject({ status: 429, retryAfter: 7 })
  expect((await api.users.getUser(user.id)).id).toBe(user.id)

  clerk.faults.arm({ match: { path: '/v1/users' }, times: 1, act: { kind: 'reset' } })
  await expect(get(`/v1/users/${user.id}`)).rejects.toThrow('fetch failed')

  const patch = () =>
    fetch(`${clerk.url}/v1/users/${user.id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' },
      body: '{"first_name":"Executed"}',
    })
  clerk.faults.arm({ match: { method: 'PATCH' }, times: 1, act: { kind: 'lose-answer' } })
  await expect(patch()).rejects.toThrow('fetch failed')
  expect((await api.users.getUser(user.id)).firstName).toBe('Executed')
  expect(clerk.faults.requests.some(({ method, path }) => method === 'PATCH' && path.endsWith(user.id))).toBe(
    true,
  )
})

test('nothing answers to foreign origins', async () => {
  const answer = await fetch(`${clerk.url}/v1/users`, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' },
  })
  expect(answer.headers.get('access-control-allow-origin')).toBeNull()
})
