/** What happens to somebody's page when an admin changes or deletes them in Clerk. */
import { expect, test } from 'vitest'
import * as z from 'zod'
import { SECRET_KEY } from '../../dev/settings.ts'
import { setDeliveries } from './faults.ts'
import { field, insist, join, lookAgain, newEmail, openAccount, syncHeading } from './person.ts'
import { world } from './world.ts'

const { stack, database, newPerson } = world()

/** Clerk's Backend API, as its dashboard uses it. */
async function clerk(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${stack.clerk}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

async function idOf(email: string): Promise<string> {
  const found = await clerk('GET', `/users?email_address=${encodeURIComponent(email)}`)
  return z.tuple([z.object({ id: z.string() })]).parse(found)[0].id
}

async function signedUp(name: string) {
  const person = await newPerson()
  const email = newEmail(name)
  await join(person.page, email)
  await openAccount(person.page)
  await syncHeading(person.page, 'In step').waitFor()
  return { ...person, email, id: await idOf(email) }
}

const row = async (id: string) => (await database.query('select * from users where id = $1', [id])).rows[0]
const state = async (id: string) =>
  (await database.query('select * from sync_state where user_id = $1', [id])).rows[0]

test('who is deleted in Clerk while the page is open is signed out and told; the webhook has erased the row', async () => {
  const { page, id, email, leave } = await signedUp('erased')
  await clerk('DELETE', `/users/${id}`)
  await expect.poll(() => row(id)).toBeUndefined()
  expect(await state(id)).toMatchObject({ deleted_at: expect.any(Date), source: 'webhook', seen_at: null })
  await lookAgain(page)
  await page.getByRole('heading', { name: 'Your account has been deleted' }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/')
  expect(await page.locator('body').innerText()).not.toContain(email)
  await leave()
})

test('who is deleted in Clerk is told at the next sync, too', async () => {
  const { page, id, leave } = await signedUp('pressed')
  await clerk('DELETE', `/users/${id}`)
  await expect.poll(() => row(id)).toBeUndefined()
  // Whatever the page has asked for meanwhile may have told it already.
  await insist(
    () => page.getByRole('button', { name: 'Sync now' }).click(),
    page.getByRole('heading', { name: 'Your account has been deleted' }),
  )
  await leave()
})

test('who is deleted in Clerk is told even while no webhook arrives', async () => {
  const { page, id, leave } = await signedUp('unheard')
  await setDeliveries('hold')
  await clerk('DELETE', `/users/${id}`)
  await lookAgain(page)
  await page.getByRole('heading', { name: 'Your account has been deleted' }).waitFor()
  await setDeliveries('normal')
  await expect.poll(() => row(id)).toBeUndefined()
  await leave()
})

test('a name that an admin has changed in Clerk reaches the row by the webhook, and the page when it is looked at again', async () => {
  const { page, id, leave } = await signedUp('renamed')
  await page.evaluate(() => Object.assign(window, { loadedOnce: true }))
  await clerk('PATCH', `/users/${id}`, { first_name: 'Augusta' })
  await expect.poll(async () => (await row(id))?.first_name).toBe('Augusta')
  expect(await state(id)).toMatchObject({ source: 'webhook' })
  await lookAgain(page)
  await expect.poll(() => field(page, 'First name')).toMatchObject({ clerk: 'Augusta', neon: 'Augusta' })
  await syncHeading(page, 'In step').waitFor()
  expect(await page.evaluate(() => 'loadedOnce' in window)).toBe(true)
  await leave()
})

test('whoever is banned in Clerk is refused at the next sync', async () => {
  const { page, id, leave } = await signedUp('banned')
  await clerk('POST', `/users/${id}/ban`)
  await expect.poll(async () => (await state(id))?.banned_at).toBeInstanceOf(Date)
  await page.getByRole('button', { name: 'Sync now' }).click()
  await syncHeading(page, 'This account has been suspended').waitFor()
  await leave()
})
