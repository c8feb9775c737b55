/** What is around the pages: their code, the way from one to another, dialogs, and the network going and coming. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { armNeon, clearFaults } from './faults.ts'
import { comeBack, join, newEmail, newPerson, openAccount, syncHeading } from './person.ts'

const stack = inject('stack')
let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterEach(clearFaults)
afterAll(() => browser?.close())

async function newUser(name: string) {
  const person = await newPerson(browser, stack.app)
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
  await page.context().close()
})

test('after a new version has replaced the page’s code it says so, and a reload brings the new one', async () => {
  const { page } = await newUser('renewed')
  await page.route(/\/assets\//, (route) => route.fulfill({ status: 404 }))
  await link(page, 'Account').click()
  await heading(page, 'There is a new version of SwarAI').waitFor()
  await page.unroute(/\/assets\//)
  await page.getByRole('button', { name: 'Reload' }).click()
  await heading(page, 'Account').waitFor()
  await page.context().close()
})
