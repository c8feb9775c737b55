/** What is around the pages: their code, the way from one to another, dialogs, and the network going and coming. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ADMIN, comeBack, join, newEmail, openAccount, syncHeading } from './person.ts'
import { world } from './world.ts'

const { newPerson } = world()

async function newUser(name: string) {
  const person = await newPerson()
  await join(person.page, newEmail(name))
  return person
}

const link = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true })
const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true })

test('a page whose code cannot be fetched leaves the others be, and comes by itself with the network', async () => {
  const { page } = await newUser('tunnel')
  const composer = page.getByLabel('Message', { exact: true })
  await composer.fill('Half a thought')
  await page.context().setOffline(true)
  await link(page, 'Account').click()
  await heading(page, 'This page is not here yet').waitFor()
  await link(page, 'Chat').click()
  expect(await composer.inputValue()).toBe('Half a thought')
  await link(page, 'Account').click()
  await heading(page, 'This page is not here yet').waitFor()
  await page.context().setOffline(false)
  await heading(page, 'Account').waitFor()
})

test('code that breaks off on its way, or that a new version has replaced, is told as what it is, and a reload helps', async () => {
  const { page } = await newUser('renewed')
  const reload = page.getByRole('button', { name: 'Reload' })
  await page.route(/\/assets\/AccountPage/, (route) => route.abort())
  await link(page, 'Account').click()
  await heading(page, 'This page did not arrive').waitFor()
  await page.unroute(/\/assets\/AccountPage/)
  await reload.click()
  await heading(page, 'Account').waitFor()

  await page.route(/\/assets\//, (route) => route.fulfill({ status: 404 }))
  await link(page, 'Profile').click()
  await heading(page, 'There is a new version of SwarAI').waitFor()
  await page.unroute(/\/assets\//)
  await reload.click()
  await heading(page, 'Profile').waitFor({ state: 'attached' })
})

test('what is behind a dialog is darkened', async () => {
  const person = await newPerson({ viewport: { width: 360, height: 740 } })
  await join(person.page, newEmail('drawer'))
  await person.page.getByRole('button', { name: 'Conversations', exact: true }).click()
  const behind = await person.page
    .getByRole('dialog', { name: 'Your conversations' })
    .evaluate((dialog) => getComputedStyle(dialog, '::backdrop').backgroundColor)
  expect(behind).toBe('rgba(0, 0, 0, 0.45)')
  await person.leave()
})

test('going to another page puts the focus and the eye at its beginning and says its name; to another conversation it does not', async () => {
  const { page, leave } = await newUser('walker')
  const focused = () => page.evaluate(() => document.activeElement?.id)
  const spoken = page.locator('[aria-live=polite]:not([role])')
  // Loaded anew, and led on to the chat by the page itself.
  await page.goto('/')
  await page.getByLabel('Message', { exact: true }).waitFor()
  expect([await spoken.allInnerTexts(), await focused()]).toEqual([[''], expect.not.stringMatching('main')])
  await openAccount(page)
  await spoken.getByText('Account', { exact: true }).waitFor({ state: 'attached' })
  expect(await focused()).toBe('main')

  await page.getByText('The same as a table').or(page.getByText('No messages yet.')).waitFor()
  await page.setViewportSize({ width: 1280, height: 300 })
  await page.evaluate(() => scrollTo(0, 200))
  await link(page, 'Profile').focus()
  await page.keyboard.press('Enter')
  await spoken.getByText('Profile', { exact: true }).waitFor({ state: 'attached' })
  expect([await focused(), await page.evaluate(() => scrollY)]).toEqual(['main', 0])

  await link(page, 'Chat').click()
  await page.getByLabel('Message', { exact: true }).fill('Hello')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/chat\/./)
  await page.waitForFunction(() => document.title.startsWith('Hello'))
  expect(await spoken.allInnerTexts()).not.toContain('Hello')
  await leave()
})

test('who asks again for what could not be read keeps their place', async () => {
  const { page } = await newUser('patient')
  const refusal = { title: 'Not just now', code: 'session_pending' }
  await page.route('**/api/user', (route) => route.fulfill({ status: 403, json: refusal }))
  await openAccount(page)
  const plan = page.getByRole('region', { name: 'Plan' })
  const again = plan.getByRole('button', { name: 'Read it again' })
  await again.focus()
  await page.keyboard.press('Enter')
  await again.and(page.locator('[aria-disabled=false]')).waitFor()
  expect(await again.evaluate((button) => button === document.activeElement)).toBe(true)
  await page.unroute('**/api/user')
  await page.keyboard.press('Enter')
  await plan.getByText('of 10 messages left today').waitFor()
  expect(await plan.evaluate((region) => region === document.activeElement)).toBe(true)
})

test('what could not be read comes with the network, nobody having asked', async () => {
  const { page } = await newUser('commuter')
  await openAccount(page)
  const plan = page.getByRole('region', { name: 'Plan' })
  await plan.getByText('of 10 messages left today').waitFor()
  await page.goto('/account')
  await page.route('**/api/user', (route) => route.abort())
  await page.reload()
  await plan.getByText('Your plan could not be read.').waitFor()
  await page.unroute('**/api/user')
  await page.evaluate(() => dispatchEvent(new Event('online')))
  await plan.getByText('of 10 messages left today').waitFor()
})

test('a change of tier that is looked away from is told when it ends, and says what the tier was', async () => {
  const { page, leave } = await newPerson()
  const user = await newUser('waiting')
  await openAccount(user.page)
  await syncHeading(user.page, 'In step').waitFor()
  await user.leave()
  await comeBack(page, ADMIN.email, ADMIN.password)
  await page.goto('/admin/users')
  const tier = page.getByLabel('Tier of Ada Lovelace').first()
  const dialog = page.getByRole('dialog')
  const release = Promise.withResolvers<void>()
  await page.route('**/api/admin/users/*', async (route) => {
    if (route.request().method() !== 'PATCH') return route.continue()
    await release.promise
    return route.fulfill({ status: 503, json: { title: 'Away for a moment', code: 'database_unavailable' } })
  })
  await tier.selectOption('Pro')
  await dialog.getByRole('button', { name: 'Change to Pro' }).click()
  await dialog.getByRole('button', { name: 'Changing' }).waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  release.resolve()
  await page
    .getByRole('alert')
    .getByText('Ada Lovelace could not be changed to Pro: Away for a moment.')
    .waitFor()

  await page.unroute('**/api/admin/users/*')
  await tier.selectOption('Maxx')
  await dialog.getByRole('button', { name: 'Change to Maxx' }).click()
  await page.getByText('Ada Lovelace is on Maxx now; it was Free.').waitFor()
  await leave()
})

test('a chosen theme is also what a phone paints around the page', async () => {
  const { page, leave } = await newPerson({ colorScheme: 'light' })
  await page.goto('/')
  const painted = () =>
    page
      .locator('meta[name="theme-color"]')
      .evaluateAll((metas) =>
        metas
          .filter((meta) => matchMedia(meta.getAttribute('media') ?? '').matches)
          .map((meta) => meta.getAttribute('content')),
      )
  await heading(page, 'An AI chat whose account is always in tune.').waitFor()
  expect(await painted()).toEqual(['#faf8f3'])
  await page.getByRole('radio', { name: 'Dark' }).check()
  expect(await painted()).toEqual(['#131614'])
  await page.reload()
  await heading(page, 'An AI chat whose account is always in tune.').waitFor()
  expect(await painted()).toEqual(['#131614'])
  await page.getByRole('radio', { name: 'As the system' }).check()
  expect(await painted()).toEqual(['#faf8f3'])
  await leave()
})

test('that an id has been copied is said, and only for a moment', async () => {
  const { page, leave } = await newPerson()
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await comeBack(page, ADMIN.email, ADMIN.password)
  await page.goto('/admin/users')
  const copy = page.getByRole('button', { name: /^Cop(y|ied) user_/ }).first()
  await copy.click()
  const said = copy.locator('[aria-live=polite]')
  await said.getByText('Copied').waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^user_/)
  await said.getByText('Copy', { exact: true }).waitFor()
  await leave()
})

test('where Clerk’s script is blocked the sign-in says so, whole on a phone and without waiting for the form', async () => {
  const { page } = await newPerson({ viewport: { width: 360, height: 740 } })
  await page.clock.install()
  await page.route(/@clerk\/clerk-js/, (route) => route.abort())
  await page.goto('/sign-in')
  const words = heading(page, 'Signing in does not work just now')
  // Clerk tries for a quarter of a minute.
  while (!(await words.isVisible())) await page.clock.runFor(5_000)
  expect(await page.getByText('Loading the form').count()).toBe(0)
  const box = await words.boundingBox()
  expect(box?.x).toBeGreaterThanOrEqual(16)
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(344)
})
