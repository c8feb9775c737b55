/** What a person does, in a real Chromium with the real Clerk components, and the row in Neon that follows. */
import { expect, test } from 'vitest'
import { armNeon, clearFaults } from './faults.ts'
import {
  CODE,
  composer,
  enterCode,
  field,
  insist,
  join,
  newEmail,
  openAccount,
  PASSWORD,
  signIn,
  signOut,
  signUp,
  syncHeading,
} from './person.ts'
import { world } from './world.ts'

const { database, newPerson } = world()

async function row(email: string) {
  const { rows } = await database.query('select * from users where email = $1', [email])
  return rows[0]
}

test('signing up ends on the chat page with the row in Neon, which the account page shows', async () => {
  const { page, leave } = await newPerson()
  const email = newEmail('ada')
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  await page.goto('/')
  await page
    .getByRole('link', { name: /sign up|create/i })
    .first()
    .click()
  await signUp(page, email)
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  expect(await row(email)).toMatchObject({ email, first_name: 'Ada', last_name: 'Lovelace', tier: 'FREE' })
  expect(await field(page, 'E-mail')).toMatchObject({
    clerk: email,
    neon: email,
    match: expect.stringMatching(/match/i),
  })
  expect(await field(page, 'Tier')).toMatchObject({ neon: 'FREE' })
  expect(said.filter((line) => line.startsWith('User sync'))).toHaveLength(2)
  expect(said.join()).not.toContain(email)
  await leave()
})

test('signing in again finds everything unchanged', async () => {
  const email = newEmail('again')
  const first = await newPerson()
  await join(first.page, email)
  await openAccount(first.page)
  await syncHeading(first.page, 'In step').waitFor()
  const before = await row(email)
  await first.leave()

  const second = await newPerson()
  await signIn(second.page, email)
  await openAccount(second.page)
  await syncHeading(second.page, 'In step').waitFor()
  await second.page.getByRole('main').getByText('nothing needed to be written').waitFor()
  expect(await row(email)).toEqual(before)
  await second.leave()
})

test('a wrong password is told at the field, and does not sign in', async () => {
  const email = newEmail('wrong')
  const person = await newPerson()
  await join(person.page, email)
  await openAccount(person.page)
  await person.leave()
  const stranger = await newPerson()
  await signIn(
    stranger.page,
    email,
    'not-the-password',
    stranger.page.getByText(/password is incorrect/i).first(),
  )
  expect(new URL(stranger.page.url()).pathname).toContain('/sign-in')
  await stranger.leave()
})

test('a changed name reaches the row without a reload', async () => {
  const { page, leave } = await newPerson()
  const email = newEmail('name')
  await join(page, email)
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  await page.evaluate(() => Object.assign(window, { loadedOnce: true }))
  await page.getByRole('link', { name: 'Profile' }).click()
  await insist(
    () => page.getByRole('button', { name: 'Update profile' }).click(),
    page.getByLabel('First name'),
  )
  await insist(async () => {
    await page.getByLabel('First name').fill('Augusta')
    await page.getByRole('button', { name: 'Save' }).click()
  }, page.getByText('Augusta Lovelace').first())
  await expect.poll(async () => (await row(email))?.first_name).toBe('Augusta')
  await page.getByRole('link', { name: 'Account', exact: true }).click()
  await expect.poll(() => field(page, 'First name')).toMatchObject({ clerk: 'Augusta', neon: 'Augusta' })
  expect(await page.evaluate(() => 'loadedOnce' in window)).toBe(true)
  await leave()
})

test('a changed primary address reaches the row', async () => {
  const { page, leave } = await newPerson()
  const [before, after] = [newEmail('before'), newEmail('after')]
  await join(page, before)
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  await page.getByRole('link', { name: 'Profile' }).click()
  await insist(
    () => page.getByRole('button', { name: 'Add email address' }).click(),
    page.getByLabel('Email address'),
  )
  await insist(async () => {
    await page.getByLabel('Email address').fill(after)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
  }, page.getByLabel('Enter verification code'))
  const line = page.locator('.cl-profileSectionItem__emailAddresses').filter({ hasText: after })
  await enterCode(page, line.filter({ hasNotText: 'Unverified' }))
  const choice = page.getByRole('menuitem', { name: 'Set as primary' })
  await insist(() => line.getByRole('button').last().click(), choice)
  await insist(() => choice.click(), line.getByText('Primary', { exact: true }))
  await expect.poll(() => row(after)).toMatchObject({ email: after })
  expect(await row(before)).toBeUndefined()
  await leave()
})

test('after a sign-out somebody else signs in, is synced, and sees nothing of the first', async () => {
  const [a, b] = [newEmail('a'), newEmail('b')]
  const other = await newPerson()
  await join(other.page, b, 'Grace', 'Hopper')
  await openAccount(other.page)
  await syncHeading(other.page, 'In step').waitFor()
  await other.leave()

  const { page, leave } = await newPerson()
  await join(page, a, 'Xenia', 'Quill')
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  await page.getByRole('link', { name: 'Chat', exact: true }).click()
  const message = page.getByRole('textbox', { name: 'Message' })
  await message.fill('Between Xenia and me')
  await page.reload()
  await message.waitFor()
  expect(await message.inputValue()).toBe('Between Xenia and me')
  await signOut(page)
  await expect.poll(() => page.locator('body').innerText()).not.toMatch(new RegExp(`${a}|Xenia|Quill`))
  await expect.poll(() => page.evaluate(() => JSON.stringify(localStorage))).not.toContain('Xenia')
  await signIn(page, b)
  expect(await message.inputValue()).toBe('')
  expect(await page.locator('body').innerText()).not.toMatch(new RegExp(`${a}|Xenia|Quill`))
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  expect(await field(page, 'E-mail')).toMatchObject({ clerk: b, neon: b })
  expect(await page.locator('body').innerText()).not.toMatch(new RegExp(`${a}|Xenia|Quill`))
  await leave()
})

test('two people in two browsers each have their own account', async () => {
  const people = await Promise.all([newPerson(), newPerson()])
  const emails = [newEmail('one'), newEmail('two')]
  await Promise.all(people.map(({ page }, n) => join(page, emails[n] ?? '')))
  for (const [n, { page }] of people.entries()) {
    await openAccount(page)
    await syncHeading(page, 'In step').waitFor()
    expect(await field(page, 'E-mail')).toMatchObject({ clerk: emails[n], neon: emails[n] })
  }
  for (const person of people) await person.leave()
})

test('signing out in one tab cleans the other', async () => {
  const { page, leave } = await newPerson()
  const email = newEmail('tabs')
  await join(page, email)
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  const second = await page.context().newPage()
  await second.goto('/account')
  await syncHeading(second, 'In step').waitFor()
  await signOut(page)
  await second.bringToFront()
  await expect.poll(() => second.locator('body').innerText()).not.toContain(email)
  await leave()
})

test('with the database down the page says so, and recovers by itself', async () => {
  const { page, leave } = await newPerson()
  const email = newEmail('down')
  await armNeon({ act: { kind: 'respond', status: 500, body: 'down' } })
  await join(page, email)
  await openAccount(page)
  await syncHeading(page, 'The database cannot be reached just now').waitFor({ timeout: 20_000 })
  await page.getByText(/Trying again/).waitFor()
  expect(await row(email)).toBeUndefined()
  await clearFaults()
  await syncHeading(page, 'In step').waitFor({ timeout: 60_000 })
  expect(await row(email)).toMatchObject({ email })
  await leave()
})

test('the button syncs at once', async () => {
  const { page, leave } = await newPerson()
  await join(page, newEmail('button'))
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  const request = page.waitForRequest('**/api/user/sync')
  await page.getByRole('button', { name: 'Sync now' }).click()
  await request
  await page.getByRole('main').getByText('nothing needed to be written').waitFor()
  await leave()
})

test('who deletes the account is signed out and told', async () => {
  const { page, leave } = await newPerson()
  const email = newEmail('gone')
  await join(page, email)
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  await page.getByRole('link', { name: 'Profile' }).click()
  const open = page.getByRole('button', { name: 'Delete account' })
  await insist(() => page.getByRole('button', { name: 'Security' }).click(), open)
  await insist(() => open.click(), page.getByLabel(/Delete account/))
  // Nothing is kept, and nobody has to be asked.
  expect(await page.getByRole('main').innerText()).not.toMatch(/retain|support/i)
  expect(await page.getByText('all that SwarAI keeps of you').count()).toBe(1)
  await insist(
    async () => {
      await page.getByLabel(/Delete account/).fill('Delete account')
      await open.last().click()
    },
    page.getByRole('heading', { name: 'Your account has been deleted' }),
  )
  expect(new URL(page.url()).pathname).toBe('/')
  await expect.poll(() => row(email)).toBeUndefined()
  await leave()
})

test(`a wrong code does not sign up; ${CODE} does`, async () => {
  const { page, leave } = await newPerson()
  const email = newEmail('code')
  await page.goto('/sign-up')
  const code = page.getByLabel('Enter verification code')
  await insist(async () => {
    await page.getByLabel('Email address').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
  }, code)
  await enterCode(page, page.getByText(/incorrect/i).first(), '111111')
  expect(await row(email)).toBeUndefined()
  await enterCode(page, composer(page))
  await expect.poll(() => row(email)).toMatchObject({ email })
  await leave()
})
