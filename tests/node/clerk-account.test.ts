/** The Clerk stand-in's Frontend API as clerk-js speaks it: the signed-in user's own account. */
import { createClerkClient } from '@clerk/backend'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

test('the profile changes in the same breath for both APIs', async () => {
  const page = new ClerkPage(clerk.url)
  await page.signUp('profile@example.com', PASSWORD, { first_name: 'Before' })
  const sub = decodeJwt(await page.token()).sub ?? ''
  expect((await api.users.getUser(sub)).firstName).toBe('Before')
  await page.ok('PATCH', '/me', { first_name: 'After', last_name: '' })
  expect(await api.users.getUser(sub)).toMatchObject({ firstName: 'After', lastName: null })
})

test('a new address counts only when it is proved, and then may become the primary one', async () => {
  const page = new ClerkPage(clerk.url)
  await page.signUp('first@address.example', PASSWORD)
  const taken = await page.refused('POST', '/me/email_addresses/', { email_address: 'ada@example.com' })
  expect(taken).toEqual({ status: 422, code: 'form_identifier_exists' })
  const { response } = await page.ok('POST', '/me/email_addresses/', {
    email_address: 'second@address.example',
  })
  const id = response.id ?? ''
  const makePrimary = { primary_email_address_id: id }
  expect(await page.refused('PATCH', '/me', makePrimary)).toMatchObject({ status: 404 })
  await page.ok('POST', `/me/email_addresses/${id}/prepare_verification`, { strategy: 'email_code' })
  const attempt = `/me/email_addresses/${id}/attempt_verification`
  expect(await page.refused('POST', attempt, { code: '000000' })).toEqual({
    status: 422,
    code: 'form_code_incorrect',
  })
  await page.ok('POST', attempt, { code: '424242' })
  await page.ok('PATCH', '/me', makePrimary)
  expect(await primaryOf('second@address.example')).toBe('second@address.example')
  await page.ok('DELETE', `/me/email_addresses/${id}`)
  expect(await primaryOf('first@address.example')).toBe('first@address.example')
})

test('of two users adding one address, the first to prove it has it', async () => {
  const [one, two] = [new ClerkPage(clerk.url), new ClerkPage(clerk.url)]
  await one.signUp('one@contest.example', PASSWORD)
  await two.signUp('two@contest.example', PASSWORD)
  const add = async (page: ClerkPage) => {
    const { response } = await page.ok('POST', '/me/email_addresses/', {
      email_address: 'prize@contest.example',
    })
    await page.ok('POST', `/me/email_addresses/${response.id}/prepare_verification`, {
      strategy: 'email_code',
    })
    return `/me/email_addresses/${response.id}/attempt_verification`
  }
  const [attemptOne, attemptTwo] = [await add(one), await add(two)]
  await two.ok('POST', attemptTwo, { code: '424242' })
  expect(await one.refused('POST', attemptOne, { code: '424242' })).toMatchObject({
    code: 'form_identifier_exists',
  })
})

test('the password changes only for who knows the present one', async () => {
  const page = new ClerkPage(clerk.url)
  await page.signUp('password@example.com', PASSWORD)
  const change = (current_password: string, new_password: string) => ({ current_password, new_password })
  const refused = (form: Record<string, string>) => page.refused('POST', '/me/change_password', form)
  expect(await refused(change('a wrong one', 'a new password'))).toMatchObject({
    code: 'form_password_incorrect',
  })
  expect(await refused(change(PASSWORD, 'short'))).toMatchObject({ code: 'form_password_length_too_short' })
  await page.ok('POST', '/me/change_password', change(PASSWORD, 'a new password'))
  await new ClerkPage(clerk.url).signIn('password@example.com', 'a new password')
})

test('proving oneself again makes the first factor young', async () => {
  const page = new ClerkPage(clerk.url)
  await page.signUp('again@example.com', PASSWORD)
  const path = `/client/sessions/${page.sessionId}/verify`
  const started = await page.ok('POST', path, { level: 'first_factor' })
  expect(started.response.status).toBe('needs_first_factor')
  const wrong = await page.refused('POST', `${path}/attempt_first_factor`, {
    strategy: 'password',
    password: 'no',
  })
  expect(wrong.code).toBe('form_password_incorrect')
  const done = await page.ok('POST', `${path}/attempt_first_factor`, {
    strategy: 'password',
    password: PASSWORD,
  })
  expect(done.response.status).toBe('complete')
})

test('deleting the own account signs out and lets the address go', async () => {
  const page = new ClerkPage(clerk.url)
  await page.signUp('leaver@example.com', PASSWORD)
  const { client } = await page.ok('DELETE', '/me')
  expect(client?.sessions).toEqual([])
  expect(await api.users.getCount({ emailAddress: ['leaver@example.com'] })).toBe(0)
  await new ClerkPage(clerk.url).signUp('leaver@example.com', PASSWORD)
})

test('pictures are served back as what they are, and nothing that could run is taken', async () => {
  const page = new ClerkPage(clerk.url)
  await page.signUp('picture@example.com', PASSWORD)
  const upload = (bytes: Uint8Array<ArrayBuffer>) => {
    const body = new FormData()
    body.set('file', new File([bytes], 'me.png', { type: 'image/png' }))
    const url = `${clerk.url}/v1/me/profile_image?_clerk_session_id=${page.sessionId}`
    return fetch(url, { method: 'POST', headers: { cookie: page.cookie }, body })
  }
  expect((await upload(new TextEncoder().encode('<svg onload="alert(1)"/>'))).status).toBe(422)
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])
  expect((await upload(png)).status).toBe(200)
  const user = await api.users.getUser(decodeJwt(await page.token()).sub ?? '')
  expect(user.hasImage).toBe(true)
  const image = await fetch(user.imageUrl)
  expect(image.headers.get('content-type')).toBe('image/png')
  expect(image.headers.get('x-content-type-options')).toBe('nosniff')
  expect(new Uint8Array(await image.arrayBuffer())).toEqual(png)
  await page.ok('DELETE', '/me/profile_image')
  expect((await fetch(user.imageUrl)).status).toBe(404)
  const drawn = await fetch((await api.users.getUser(user.id)).imageUrl)
  expect(drawn.headers.get('content-type')).toBe('image/svg+xml')
})
