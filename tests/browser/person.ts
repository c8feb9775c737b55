/** A person with a browser of their own, and the hands to use it. */

import type { useClerk } from '@clerk/react'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

declare global {
  interface Window {
    Clerk?: ReturnType<typeof useClerk>
  }
}

export const CODE = '424242'
export const PASSWORD = 'one-two-three-swar'

let count = 0
export const newEmail = (name: string) => {
  count += 1
  return `${name}.${Date.now()}.${count}@example.com`
}

export type Person = { page: Page; trouble: string[]; leave: () => Promise<void> }

/** What the browser complained about by itself is kept in `trouble`; {@link Person.leave} insists that it was nothing. */
export async function newPerson(
  browser: Browser,
  app: string,
  options: BrowserContextOptions = {},
): Promise<Person> {
  const context = await browser.newContext({
    baseURL: app,
    viewport: { width: 1280, height: 800 },
    ...options,
  })
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const trouble: string[] = []
  page.on('console', (message) => {
    // The browser reports every answer over 399; the tests that order one look at what the page makes of it.
    const isOrdered = /Failed to load resource/.test(message.text())
    const isClerksOwnHint = /Clerk has been loaded with development keys/.test(message.text())
    if (['error', 'warning'].includes(message.type()) && !isOrdered && !isClerksOwnHint)
      trouble.push(message.text())
  })
  page.on('pageerror', (error) => trouble.push(String(error)))
  const leave = async () => {
    await context.close()
    expect(trouble).toEqual([])
  }
  return { page, trouble, leave }
}

/** Signs up by Clerk's form, and ends where whoever signs up ends. */
export async function signUp(page: Page, email: string, firstName = 'Ada', lastName = 'Lovelace') {
  await page.goto('/sign-up')
  const code = page.getByLabel('Enter verification code')
  await insist(async () => {
    await page.getByLabel('First name').fill(firstName)
    await page.getByLabel('Last name').fill(lastName)
    await page.getByLabel('Email address').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
  }, code)
  await code.pressSequentially(CODE)
  await page.waitForURL('**/chat')
}

/** Signs up by clerk-js alone, where the form is not what is looked at. Ends on the chat page, too. */
export async function join(page: Page, email: string, firstName = 'Ada', lastName = 'Lovelace') {
  const clerk = await loadClerk(page)
  await clerk.evaluate(
    async ({ client, setActive }, { code, ...fields }) => {
      const signUp = await client.signUp.create(fields)
      await signUp.prepareEmailAddressVerification({ strategy: 'email_code' })
      const { createdSessionId } = await signUp.attemptEmailAddressVerification({ code })
      await setActive({ session: createdSessionId })
    },
    { emailAddress: email, password: PASSWORD, firstName, lastName, code: CODE },
  )
  await page.waitForURL('**/chat')
}

/** Signs in by clerk-js alone. Ends on the chat page. */
export async function comeBack(page: Page, email: string, password = PASSWORD) {
  const clerk = await loadClerk(page)
  await clerk.evaluate(
    async ({ client, setActive }, fields) => {
      const { createdSessionId } = await client.signIn.create({ strategy: 'password', ...fields })
      await setActive({ session: createdSessionId })
    },
    { identifier: email, password },
  )
  await page.waitForURL('**/chat')
}

async function loadClerk(page: Page) {
  await page.goto('/')
  await page.waitForFunction(() => window.Clerk?.loaded)
  return page.evaluateHandle(() => {
    if (!window.Clerk) throw new Error('Clerk has gone again')
    return window.Clerk
  })
}

/**
 * Does something in one of Clerk's forms until it has had its effect, as a person would: on a busy machine a form that is only
 * just coming up loses a click.
 */
export async function insist(act: () => Promise<void>, effect: Locator) {
  for (let more = 2; ; more -= 1) {
    await act()
    try {
      return await effect.waitFor({ timeout: 8_000 })
    } catch (error) {
      if (more === 0) throw error
    }
  }
}

export async function openAccount(page: Page) {
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: 'Account', exact: true })
    .click()
  await page.waitForURL('**/account')
}

/** Ends on the chat page, when the password is right. */
export async function signIn(page: Page, email: string, password = PASSWORD) {
  await page.goto('/sign-in')
  await page.getByLabel('Email address').fill(email)
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
}

export async function signOut(page: Page) {
  await page.getByRole('button', { name: 'Open user menu' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL((url) => url.pathname === '/')
}

/** The heading of the sync's card: `In step`, or what is wrong. */
export const syncHeading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true })

/** A field as the account page shows it. */
export async function field(
  page: Page,
  name: string,
): Promise<{ clerk: string; neon: string; match: string }> {
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) })
  const [clerk = '', neon = '', match = ''] = await row.getByRole('cell').allInnerTexts()
  return { clerk, neon, match }
}
