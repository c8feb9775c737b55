/** The hands of a person: what they do with the page, whichever test they are in. */

import type { useClerk } from '@clerk/react'
import type { Locator, Page } from 'playwright-core'

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

/** The stack's own admin. */
export const ADMIN = { email: 'ada@example.com', password: 'analytical-engine' }

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
  await enterCode(page, composer(page))
}

/** Into Clerk's field for it. */
export const enterCode = (page: Page, effect: Locator, code = CODE) =>
  insist(() => page.getByLabel('Enter verification code').fill(code), effect)

/** Where everybody who signs in or up ends. */
export const composer = (page: Page) => page.getByRole('textbox', { name: 'Message' })

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
 * Does something until it has had its effect, as a person would: on a busy machine one of Clerk's forms that is only
 * just coming up loses a click.
 */
export async function insist(act: () => Promise<void>, effect: Locator) {
  for (let more = 3; ; more -= 1) {
    // What an earlier try has brought about may come in the middle of the next one, and take the form away from it.
    await Promise.race([act().catch(() => {}), effect.waitFor()])
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

/** Signs in by Clerk's form. Ends on the chat page, when the password is right. */
export async function signIn(page: Page, email: string, password = PASSWORD, effect = composer(page)) {
  await page.goto('/sign-in')
  await giveCredentials(page, email, effect, password)
}

/** Into Clerk's form, which is open. */
export async function giveCredentials(page: Page, email: string, effect: Locator, password = PASSWORD) {
  const secret = page.getByLabel('Password', { exact: true })
  const go = page.getByRole('button', { name: 'Continue', exact: true })
  await insist(
    async () => {
      await page.getByLabel('Email address').fill(email)
      await go.click()
    },
    // Not the field: there is one in the first form, too, for whoever has it filled in by the browser.
    page.getByRole('heading', { name: 'Enter your password' }),
  )
  await insist(async () => {
    await secret.fill(password)
    await go.click()
  }, effect)
}

/** Somebody comes back to the tab. */
export const lookAgain = (page: Page) =>
  page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))

export async function signOut(page: Page) {
  await fromUserMenu(page, 'Sign out')
  await page.waitForURL((url) => url.pathname === '/')
}

export async function fromUserMenu(page: Page, name: string) {
  const entry = page.getByRole('button', { name, exact: true })
  await insist(() => page.getByRole('button', { name: 'Open user menu' }).click(), entry)
  await entry.click()
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
