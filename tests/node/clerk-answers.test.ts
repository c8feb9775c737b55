/** What Clerk's Backend API answers, and proxies and wrong addresses in its place, and what it means to us. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fetchUser, findUser } from '../../worker/clerk/api.ts'
import { countUsers } from '../../worker/clerk/lists.ts'
import { Problem } from '../../worker/errors.ts'
import { type ClerkLists, type Odd, startClerkLists } from '../support/clerk-lists.ts'

let clerk: ClerkLists
beforeAll(async () => {
  clerk = await startClerkLists()
})
afterAll(() => clerk.stop())
beforeEach(() => clerk.clear())

const settings = () => ({ CLERK_API_URL: clerk.url, CLERK_SECRET_KEY: 'sk_test_x' })

async function problemOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Problem)) throw new Error('no problem')
  const { code, facts, retryAfterSeconds } = error
  return { code, facts, retryAfterSeconds }
}

const HTML = '<!doctype html><title>Sorry</title>'
const RETRY = { 'Retry-After': '30' }

test.each<[string, Odd, Awaited<ReturnType<typeof problemOf>>]>([
  [
    '429 of a proxy, in HTML',
    { status: 429, body: HTML, headers: RETRY },
    { code: 'clerk_unavailable', facts: { clerkStatus: 429 }, retryAfterSeconds: 30 },
  ],
  [
    '429 that asks for eleven days is believed five minutes of them, and',
    { status: 429, body: '', headers: { 'Retry-After': '999999' } },
    { code: 'clerk_unavailable', facts: { clerkStatus: 429 }, retryAfterSeconds: 300 },
  ],
  [
    '503 without a body',
    { status: 503, body: '', headers: RETRY },
    { code: 'clerk_unavailable', facts: { clerkStatus: 503 }, retryAfterSeconds: 30 },
  ],
  [
    '401 in plain text',
    { status: 401, body: 'Unauthorized' },
    {
      code: 'misconfigured',
      facts: { clerkStatus: 401, variables: ['CLERK_SECRET_KEY'] },
      retryAfterSeconds: undefined,
    },
  ],
  [
    'a redirect, as a wrong address answers',
    { status: 308, body: '', headers: { Location: 'https://clerk.example.com/' } },
    { code: 'clerk_unavailable', facts: { clerkStatus: 308 }, retryAfterSeconds: 5 },
  ],
  [
    '404 in HTML',
    { status: 404, body: HTML },
    { code: 'clerk_unavailable', facts: { clerkStatus: 404 }, retryAfterSeconds: 5 },
  ],
  [
    'success in HTML',
    { status: 200, body: HTML },
    { code: 'clerk_unavailable', facts: { clerk: 'unexpected answer' }, retryAfterSeconds: 5 },
  ],
])('%s keeps its status, and what it asks for', async (_name, odd, problem) => {
  clerk.misbehave(() => odd)
  expect(await problemOf(countUsers(settings(), { after: 0, before: 1 }))).toEqual(problem)
  expect(await problemOf(fetchUser(settings(), 'user_1'))).toEqual(problem)
  expect(await problemOf(findUser(settings(), 'user_1'))).toEqual(problem)
})

test('only Clerk’s own word says that a user is missing: for a login that is a deleted account', async () => {
  expect(await findUser(settings(), 'user_1')).toBe('missing')
  expect(await problemOf(fetchUser(settings(), 'user_1'))).toMatchObject({
    code: 'user_deleted',
    facts: { clerkStatus: 404, clerkCode: 'resource_not_found' },
  })
})

test('no such thing, where no user was asked for, is no deleted account', async () => {
  clerk.misbehave(() => ({ status: 404, body: '{"errors":[{"code":"resource_not_found"}]}' }))
  expect(await problemOf(countUsers(settings(), { after: 0, before: 1 }))).toMatchObject({
    code: 'clerk_unavailable',
    facts: { clerkStatus: 404 },
  })
})

test('a user in a form that we cannot read is neither missing nor anybody', async () => {
  clerk.put({ id: 'user_1', created_at: 1, updated_at: -1, email: null })
  expect(await findUser(settings(), 'user_1')).toBe('unreadable')
  expect(await problemOf(fetchUser(settings(), 'user_1'))).toMatchObject({
    code: 'clerk_unavailable',
    facts: { clerk: 'a user that we cannot read' },
  })
})
