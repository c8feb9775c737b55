/** The Clerk stand-in's Frontend API as clerk-js speaks it: signing up and in, session tokens, several browsers. */
import { createClerkClient, verifyToken } from '@clerk/backend'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { type ClerkStandIn, startClerk } from '../../dev/clerk/index.ts'
import { SECRET_KEY } from '../../dev/settings.ts'
import { ClerkPage } from '../support/clerk-page.ts'

const PASSWORD = 'correct horse battery'

let clerk: ClerkStandIn
let api: ReturnType<typeof createClerkClient>

beforeAll(async () => {
  clerk = await startClerk({ port: 0, seed: true })
  api = createClerkClient({ secretKey: SECRET_KEY, apiUrl: clerk.url })
})
afterAll(() => clerk.stop())

const primaryOf = async (email: string) =>
  (await api.users.getUserList({ emailAddress: [email] })).data[0]?.primaryEmailAddress?.emailAddress

test('a session token carries exactly Clerk’s default claims and lives for a minute', async () => {
  const page = new ClerkPage(clerk.url, 'http://localhost:4321')
  await page.signUp('claims@example.com', PASSWORD)
  const jwt = await page.token()
  const published = await (await fetch(`${clerk.url}/.well-known/jwks.json`)).json()
  const { keys } = z.object({ keys: z.array(z.object({ kid: z.string() })).length(1) }).parse(published)
  expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'RS256', kid: keys[0]?.kid, typ: 'JWT' })
  const { iat = 0, ...claims } = decodeJwt(jwt)
  expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(2)
  expect(claims).toEqual({
    azp: 'http://localhost:4321',
    exp: iat + 60,
    fva: [0, -1],
    iss: 'https://clerk.standin.localhost',
    jti: expect.stringMatching(/^[0-9a-f]{20}$/),
    nbf: iat - 10,
    sid: page.sessionId,
    sts: 'active',
    sub: expect.stringMatching(/^user_[0-9A-Za-z]{27}$/),
    v: 2,
  })
})

test('the real verifyToken takes the token, with the PEM key and with the JWKS', async () => {
  const page = new ClerkPage(clerk.url)
  await page.signUp('verify@example.com', PASSWORD)
  const jwt = await page.token()
  const authorizedParties = ['http://localhost:8787']
  const byKey = await verifyToken(jwt, { jwtKey: clerk.publicKeyPem, authorizedParties })
  const byJwks = await verifyToken(jwt, { secretKey: SECRET_KEY, apiUrl: clerk.url, authorizedParties })
  expect(byKey).toEqual(byJwks)
  expect((await api.users.getUser(byKey.sub)).primaryEmailAddress?.emailAddress).toBe('verify@example.com')
})

test('signing up refuses a taken address, a short password and a wrong code', async () => {
  const page = new ClerkPage(clerk.url)
  const start = (email_address: string, password: string) =>
    page.refused('POST', '/client/sign_ups', { email_address, password })
  expect(await start('ada@example.com', PASSWORD)).toEqual({ status: 422, code: 'form_identifier_exists' })
  expect(await start('new@example.com', 'short')).toEqual({
    status: 422,
    code: 'form_password_length_too_short',
  })
  expect(await start('not an address', PASSWORD)).toEqual({ status: 422, code: 'form_param_format_invalid' })

  const { response } = await page.ok('POST', '/client/sign_ups', {
    email_address: 'new@example.com',
    password: PASSWORD,
  })
  const path = `/client/sign_ups/${response.id}`
  const code = (value: string) => ({ strategy: 'email_code', code: value })
  expect(await page.refused('POST', `${path}/attempt_verification`, code('424242'))).toMatchObject({
    status: 400,
  })
  await page.ok('POST', `${path}/prepare_verification`, { strategy: 'email_code' })
  expect(await page.refused('POST', `${path}/attempt_verification`, code('111111'))).toEqual({
    status: 422,
    code: 'form_code_incorrect',
  })
  expect(await primaryOf('new@example.com')).toBeUndefined()
  await page.ok('POST', `${path}/attempt_verification`, code('424242'))
  expect(await primaryOf('new@example.com')).toBe('new@example.com')
})

test('two sign-ups for one address at once make one user', async () => {
  const pages = [new ClerkPage(clerk.url), new ClerkPage(clerk.url), new ClerkPage(clerk.url)]
  const made = await Promise.allSettled(pages.map((page) => page.signUp('race@example.com', PASSWORD)))
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await api.users.getCount({ emailAddress: ['race@example.com'] })).toBe(1)
})

test('signing in refuses a stranger and a wrong password, and takes a demo user', async () => {
  const page = new ClerkPage(clerk.url)
  const [demo] = clerk.demoUsers
  const identifier = demo?.email ?? ''
  expect(await page.refused('POST', '/client/sign_ins', { identifier: 'nobody@example.com' })).toEqual({
    status: 422,
    code: 'form_identifier_not_found',
  })
  expect(await page.refused('POST', '/client/sign_ins', { identifier, password: 'a wrong one' })).toEqual({
    status: 422,
    code: 'form_password_incorrect',
  })
  await page.signIn(identifier, demo?.password ?? '')
  expect(decodeJwt(await page.token()).sid).toBe(page.sessionId)
  expect(await page.refused('POST', '/client/sign_ins', { identifier })).toEqual({
    status: 400,
    code: 'session_exists',
  })
})

test('a forgotten password is replaced by way of a code', async () => {
  const page = new ClerkPage(clerk.url)
  const { response } = await page.ok('POST', '/client/sign_ins', { identifier: 'grace@example.com' })
  const path = `/client/sign_ins/${response.id}`
  const strategy = 'reset_password_email_code'
  expect(await page.refused('POST', `${path}/reset_password`, { password: PASSWORD })).toMatchObject({
    status: 404,
  })
  await page.ok('POST', `${path}/prepare_first_factor`, { strategy })
  const proved = await page.ok('POST', `${path}/attempt_first_factor`, { strategy, code: '424242' })
  expect(proved.response.status).toBe('needs_new_password')
  await page.ok('POST', `${path}/reset_password`, { password: 'another compiler' })
  const next = new ClerkPage(clerk.url)
  await next.signIn('grace@example.com', 'another compiler')
})

test('browsers are told apart by their cookie, which scripts cannot read', async () => {
  const [one, two] = [new ClerkPage(clerk.url), new ClerkPage(clerk.url)]
  const answer = await one.send('POST', '/client/sign_ins', { identifier: 'ada@example.com' })
  expect(answer.headers.getSetCookie()[0]).toMatch(/^__client=[\w-]{43}; .*Path=\/; HttpOnly; SameSite=Lax$/)
  await one.signUp('one@browsers.example', PASSWORD)
  await two.signUp('two@browsers.example', PASSWORD)
  expect(decodeJwt(await one.token()).sub).not.toBe(decodeJwt(await two.token()).sub)
  two.sessionId = one.sessionId
  expect(await two.refused('POST', `/client/sessions/${one.sessionId}/tokens`)).toMatchObject({ status: 401 })
  expect(await two.refused('PATCH', '/me', { first_name: 'Stolen' })).toMatchObject({ status: 401 })
})

test('signing out ends one browser’s session and leaves the other browser of the same user alone', async () => {
  const [one, two] = [new ClerkPage(clerk.url), new ClerkPage(clerk.url)]
  await one.signUp('both@browsers.example', PASSWORD)
  await two.signIn('both@browsers.example', PASSWORD)
  const listed = await one.send('GET', '/me/sessions/active')
  expect(await listed.json()).toHaveLength(2)
  await one.ok('DELETE', '/client/sessions')
  expect(await one.refused('POST', `/client/sessions/${one.sessionId}/tokens`)).toMatchObject({ status: 401 })
  expect(await two.token()).toMatch(/^ey/)
})

test.each(['delete', 'ban'] as const)('after a %s by the Backend API no token is to be had', async (what) => {
  const page = new ClerkPage(clerk.url)
  await page.signUp(`${what}@example.com`, PASSWORD)
  const sub = decodeJwt(await page.token()).sub ?? ''
  await (what === 'delete' ? api.users.deleteUser(sub) : api.users.banUser(sub))
  expect(await page.refused('POST', `/client/sessions/${page.sessionId}/tokens`)).toEqual({
    status: 401,
    code: 'authentication_invalid',
  })
  const { client } = await page.ok('GET', '/client')
  expect(client?.sessions).toEqual([])
})

test('a banned and a locked user cannot sign in, and can again afterwards', async () => {
  const user = await api.users.createUser({ emailAddress: ['barred@example.com'], password: PASSWORD })
  const attempt = () =>
    new ClerkPage(clerk.url).refused('POST', '/client/sign_ins', {
      identifier: 'barred@example.com',
      password: PASSWORD,
    })
  await api.users.banUser(user.id)
  expect(await attempt()).toEqual({ status: 403, code: 'user_banned' })
  await api.users.unbanUser(user.id)
  await api.users.lockUser(user.id)
  expect(await attempt()).toEqual({ status: 403, code: 'user_locked' })
  await api.users.unlockUser(user.id)
  await new ClerkPage(clerk.url).signIn('barred@example.com', PASSWORD)
})
