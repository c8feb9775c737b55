/** Where signing in and out leads, forward and back. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { composer, enterCode, giveCredentials, insist, join, newEmail, PASSWORD, signOut } from './person.ts'
import { world } from './world.ts'

const { stack, newPerson } = world()

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

test('a link that is opened before signing in is where signing in ends', async () => {
  const { page, email, leave } = await member('link')
  await page.goto('/account?from=mail')
  await page.waitForURL(place('/sign-in'))
  await giveCredentials(page, email, page.getByRole('heading', { name: 'Account', exact: true }))
  expect(page.url()).toBe(`${stack.app}/account?from=mail`)
  await leave()
})

test('the link is kept by whoever turns to signing up instead', async () => {
  const { page, leave } = await newPerson()
  await page.goto('/account')
  await page.getByRole('link', { name: 'Sign up' }).click()
  await page.waitForURL(place('/sign-up'))
  const code = page.getByLabel('Enter verification code')
  await insist(async () => {
    await page.getByLabel('Email address').fill(newEmail('instead'))
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Continue', exact: true }).click()
  }, code)
  await enterCode(page, page.getByRole('heading', { name: 'Account', exact: true }))
  expect(pathOf(page)).toBe('/account')
  await leave()
})

test.each([
  'https://elsewhere.example/',
  '//elsewhere.example/',
  String.raw`/\elsewhere.example/`,
  'https://elsewhere.standin.localhost/',
  'javascript:document.body.remove()',
])('an address that asks for %s after signing in leads to the chat', async (wanted) => {
  const { page } = await newPerson()
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.isNavigationRequest()) asked.push(new URL(request.url()).origin)
  })
  await join(page, newEmail('lured'))
  await page.goto(`/sign-in?redirect_url=${encodeURIComponent(wanted)}`)
  await page.waitForURL(place('/chat'))
  await composer(page).waitFor()
  expect(new Set(asked)).toEqual(new Set([stack.app]))
})

test('after a sign-out, Back does not lead the next person to the conversation of the one before', async () => {
  const next = await member('next')
  const { page, leave } = next
  await join(page, newEmail('before'))
  await composer(page).fill('repeat: hello')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/chat\/./)
  await page.getByRole('button', { name: 'Copy this reply' }).waitFor()
  await signOut(page)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('Email address').waitFor()
  await page.goBack()
  await page.goBack()
  await page.waitForURL(place('/sign-in'))
  await giveCredentials(page, next.email, composer(page))
  expect(pathOf(page)).toBe('/chat')
  await leave()
})
