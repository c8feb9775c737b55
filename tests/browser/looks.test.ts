/** How the page looks and holds still, and that everybody can use it: on a desk and on a phone, in light and in dark. */
import { describe, expect, test } from 'vitest'
import { armNeon } from './faults.ts'
import { join, newEmail, openAccount, syncHeading } from './person.ts'
import { shiftsOf } from './shifts.ts'
import { expectUsable } from './usable.ts'
import { world } from './world.ts'

const { stack, newPerson } = world()

const DESK = { width: 1280, height: 800 }
const PHONE = { width: 360, height: 740 }

describe.each([
  ['on a desk, in light', { viewport: DESK, colorScheme: 'light' }],
  ['on a desk, in dark', { viewport: DESK, colorScheme: 'dark' }],
  ['on a phone, in light', { viewport: PHONE, colorScheme: 'light' }],
  ['on a phone, in dark', { viewport: PHONE, colorScheme: 'dark' }],
] as const)('%s', (_name, options) => {
  test('every page is accessible and fits', async () => {
    const { page, leave } = await newPerson(options)
    await page.goto('/')
    await expectUsable(page)
    await page.goto('/sign-in')
    await page.getByLabel('Email address').waitFor()
    await expectUsable(page)
    await join(page, newEmail('looks'))
    await page.getByText(/messages left today/).waitFor()
    await expectUsable(page)
    await page.getByRole('textbox', { name: 'Message' }).fill('Show me some code')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('button', { name: 'Copy this reply' }).waitFor()
    await expectUsable(page)
    await openAccount(page)
    await syncHeading(page, 'In step').waitFor()
    await expectUsable(page)
    await page.goto('/account/profile')
    await page.getByRole('button', { name: 'Update profile' }).waitFor()
    await expectUsable(page)
    await page.goto('/nowhere')
    await expectUsable(page)
    await armNeon({ act: { kind: 'respond', status: 500 } })
    await page.goto('/account')
    await syncHeading(page, 'The database cannot be reached just now').waitFor()
    await expectUsable(page)
    await leave()
  })
})

test('on a phone the conversations are a drawer that holds the focus and gives it back', async () => {
  const { page, leave } = await newPerson({ viewport: PHONE })
  await join(page, newEmail('drawer'))
  await page.getByText(/messages left today/).waitFor()
  await page.getByRole('textbox', { name: 'Message' }).fill('repeat: hello')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByRole('button', { name: 'Copy this reply' }).waitFor()
  const opener = page.getByRole('button', { name: 'Conversations' })
  await opener.click()
  const drawer = page.getByRole('dialog')
  await drawer.getByRole('link', { name: 'repeat: hello' }).waitFor()
  await expectUsable(page)
  await drawer.getByRole('button', { name: 'Delete repeat: hello' }).click()
  await expectUsable(page)
  await page.keyboard.press('Escape')
  await expect.poll(() => drawer.count()).toBe(1)
  await page.keyboard.press('Escape')
  await expect.poll(() => drawer.count()).toBe(0)
  expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true)
  await leave()
})

test('nothing moves when a sync ends', async () => {
  const { page, leave } = await newPerson()
  await join(page, newEmail('shift'))
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  await armNeon({ act: { kind: 'delay', ms: 400 } })
  await page.reload()
  await syncHeading(page, 'In step').waitFor()
  await page.getByText(/messages left today/).waitFor()
  expect(await shiftsOf(page)).toBeLessThan(0.01)
  await leave()
})

test('the keyboard alone gets from the landing to a sync', async () => {
  const { page, leave } = await newPerson()
  await join(page, newEmail('keys'))
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  await page.reload()
  await syncHeading(page, 'In step').waitFor()
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/skip/i)
  await page.keyboard.press('Enter')
  const synced = page.waitForResponse('**/api/user/sync')
  for (let presses = 0; presses < 10; presses += 1) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => document.activeElement?.textContent?.trim())
    if (focused === 'Sync now') break
  }
  await page.keyboard.press('Enter')
  await synced
  await page.getByRole('status').filter({ hasText: 'In step' }).waitFor({ state: 'attached' })
  await leave()
})

test('an unknown place leads back', async () => {
  const { page, leave } = await newPerson()
  const answer = await page.goto('/nowhere')
  expect(answer?.status()).toBe(404)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByRole('main').getByRole('link').first().click()
  await page.waitForURL((url) => url.pathname === '/')
  await leave()
})

test('without its settings the page says what is missing', async () => {
  const { page, leave } = await newPerson()
  await page.route(`${stack.app}/`, async (route) => {
    const answer = await route.fetch()
    const html = (await answer.text()).replace(/(clerk-publishable-key" content=")[^"]*/, '$1')
    await route.fulfill({ response: answer, body: html })
  })
  await page.goto('/')
  await page.getByRole('heading', { name: /not (set up|configured)/i }).waitFor()
  await leave()
})
