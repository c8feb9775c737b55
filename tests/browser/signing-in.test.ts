/** Where signing in and out leads, forward and back. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { composer, giveCredentials, join, newEmail, signOut } from './person.ts'
import { world } from './world.ts'

const { newPerson } = world()

/** Somebody who has an account, and a browser of their own in which nobody is signed in. */
async function member(name: string) {
  const email = newEmail(name)
  const person = await newPerson()
  await join(person.page, email)
  await composer(person.page).waitFor()
  await signOut(person.page)
  return { ...person, email }
}

const pathOf = (page: Page) => new URL(page.url()).pathname
const place = (path: string) => (url: URL) => url.pathname === path

test('signing in is one step: Back leads to what was before it, and from there out of the page', async () => {
  const { page, email, leave } = await member('back')
  await page.goto('about:blank')
  await page.goto('/nowhere')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await giveCredentials(page, email, composer(page))
  expect(pathOf(page)).toBe('/chat')
  await page.goBack()
  expect(pathOf(page)).toBe('/nowhere')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.goBack()
  expect(page.url()).toBe('about:blank')
  await leave()
})

test('who is signed in already passes the form without a trace', async () => {
  const { page, leave } = await newPerson()
  await join(page, newEmail('already'))
  await page.goto('/nowhere')
  await page.goto('/sign-in')
  await page.waitForURL(place('/chat'))
  await composer(page).waitFor()
  await page.goBack()
  expect(pathOf(page)).toBe('/nowhere')
  await leave()
})
