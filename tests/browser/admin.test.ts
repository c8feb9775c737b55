/** The page of those who run SwarAI: what it shows, to whom, and that it would have shown a dead webhook. */
import type { Page } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { armNeon, clearFaults, setDeliveries } from './faults.ts'
import { ADMIN, comeBack, fromUserMenu, insist, join, newEmail, openAccount, syncHeading } from './person.ts'
import { expectUsable } from './usable.ts'
import { world } from './world.ts'

const { database, newPerson } = world()
/** What a test has put there; everything else is the stack's own. */
afterEach(async () => {
  await database.query(
    `delete from webhook_deliveries where message_id in ('msg_of_no_use', 'msg_known', 'msg_gone')`,
  )
  await database.query(`delete from reconcile_runs where id = 'run_shown'`)
})

async function signInAsAdmin(page: Page) {
  await comeBack(page, ADMIN.email, ADMIN.password)
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
}

const newDeliveries = async () =>
  (await database.query(`select from webhook_deliveries where received_at > now() - interval '1 hour'`))
    .rowCount

/** By itself, when its time has come. On a page whose clock is ours. */
const itLooksAgain = (page: Page) => page.clock.fastForward(15_000)

const adminLink = (page: Page) => page.getByRole('navigation').getByRole('link', { name: 'Admin' })
const passes = (page: Page) => page.getByRole('region', { name: 'Passes' })

test.each(['light', 'dark'] as const)(
  'an admin finds the page in the header, and on it how the sync is doing, in %s',
  async (colorScheme) => {
    const { page, leave } = await newPerson({ colorScheme })
    await signInAsAdmin(page)
    await adminLink(page).click()
    await page.getByRole('heading', { name: 'Sync health', level: 1 }).waitFor()
    for (const part of [
      'Last webhook',
      'From a change in Clerk to Neon',
      'Drift',
      'Users',
      'Dead letters',
      'Passes',
    ])
      await page.getByRole('heading', { name: part, exact: true }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/admin')
    await expectUsable(page)
    await leave()
  },
)

test('on a phone an admin finds the page in the menu, and it fits', async () => {
  const { page, leave } = await newPerson({ viewport: { width: 360, height: 740 } })
  await signInAsAdmin(page)
  await fromUserMenu(page, 'Admin')
  await page.getByRole('heading', { name: 'Dead letters' }).waitFor()
  await expectUsable(page)
  await leave()
})

test('somebody who is no admin is told so, and is not shown the link', async () => {
  const { page, leave } = await newPerson()
  await join(page, newEmail('curious'))
  await openAccount(page)
  await syncHeading(page, 'In step').waitFor()
  expect(await adminLink(page).count()).toBe(0)
  await page.goto('/admin')
  await page.getByRole('heading', { name: 'This page is for admins' }).waitFor()
  expect(await page.locator('body').innerText()).not.toMatch(/Dead letters|Last webhook/)
  await page.getByRole('link', { name: 'Go to your account' }).click()
  await syncHeading(page, 'In step').waitFor()
  await leave()
})

test('a visitor has to sign in first', async () => {
  const { page, leave } = await newPerson()
  await page.goto('/admin')
  await page.waitForURL((url) => url.pathname === '/sign-in')
  await leave()
})

test('a dead webhook is the first thing that the page says, and it takes it back when webhooks arrive again', async () => {
  const admin = await newPerson()
  await admin.page.clock.install()
  await signInAsAdmin(admin.page)
  await expect.poll(newDeliveries).toBeGreaterThan(0)
  await setDeliveries('hold')
  const person = await newPerson()
  await join(person.page, newEmail('untold'))
  await openAccount(person.page)
  await syncHeading(person.page, 'In step').waitFor()
  await person.leave()
  // Nobody can wait for a day: what has been remembered is moved into the past instead.
  await database.query(
    `update webhook_deliveries set received_at = received_at - interval '26 hours 5 minutes'`,
  )
  await database.query(`
    update sync_state set synced_at = synced_at - interval '1 hour', version = version - 3600000
    where source = 'login' and to_timestamp(version / 1000) > now() - interval '10 minutes'`)

  await adminLink(admin.page).click()
  const verdict = admin.page.getByRole('heading', {
    name: /^No webhook for 26 hours although \d+ users? ha(s|ve) changed/,
  })
  await verdict.waitFor()
  await admin.page.getByText(/Check the endpoint in Clerk/).waitFor()
  await setDeliveries('normal')
  await expect.poll(newDeliveries).toBeGreaterThan(0)
  await itLooksAgain(admin.page)
  await verdict.waitFor({ state: 'detached' })
  await admin.leave()
})

test('a dead letter is listed with its reason, its message id and what to do', async () => {
  const { page, leave } = await newPerson()
  await database.query(`
    insert into webhook_deliveries (message_id, type, outcome, reason, attempts)
    values ('msg_of_no_use', 'session.created', 'dead-letter', 'unknown type', 3)`)
  await signInAsAdmin(page)
  await page.goto('/admin')
  const row = page.getByRole('row').filter({ hasText: 'msg_of_no_use' })
  await row.waitFor()
  expect(await row.innerText()).toMatch(
    /session\.created[\s\S]*unknown type[\s\S]*Untick it at the endpoint[\s\S]*3/,
  )
  await page.getByText(/choose Resend/).waitFor()
  await leave()
})

test('a dead letter whose user is known is tried again from the page, by keyboard, and leaves the list', async () => {
  const { page, leave } = await newPerson()
  await signInAsAdmin(page)
  const { rows } = await database.query(`select id from users where email = $1`, [ADMIN.email])
  await database.query(
    `insert into webhook_deliveries (message_id, type, user_id, outcome, reason)
     values ('msg_known', 'user.updated', $1, 'dead-letter', 'not a user'),
       ('msg_gone', 'user.updated', 'user_Gone', 'dead-letter', 'not a user')`,
    [rows[0].id],
  )
  await page.goto('/admin')
  const letters = page.getByRole('region', { name: 'Dead letters' })
  const row = (messageId: string) => letters.getByRole('row').filter({ hasText: messageId })
  const again = (messageId: string) => row(messageId).getByRole('button', { name: 'Try again' })
  await again('msg_known').focus()
  await page.keyboard.press('Enter')
  await letters.getByText('Neon had the user as Clerk does already').waitFor()
  await expect.poll(() => row('msg_known').count()).toBe(0)

  await again('msg_gone').click()
  await letters.getByText('It has to stay: the letter says why').waitFor()
  await row('msg_gone').getByText('not in Clerk', { exact: true }).waitFor()
  await armNeon({ act: { kind: 'respond', status: 500, body: 'down' } })
  await again('msg_gone').click()
  await letters.getByText('It could not be tried again: The database cannot be reached just now.').waitFor()
  await clearFaults()
  await again('msg_gone').click()
  await letters.getByText('It has to stay: the letter says why').waitFor()
  await leave()
})

test('passes are listed with what they found and did', async () => {
  const { page, leave } = await newPerson()
  await database.query(`
    insert into reconcile_runs (id, trigger, dry_run, status, reason, clerk_count, neon_count, counts, started_at, finished_at)
    values ('run_shown', 'cron', false, 'stopped', 'Clerk lists nobody', 0, 7, '{"listed": 12, "conflicts": 2}',
      now(), now() + interval '3 seconds')`)
  await signInAsAdmin(page)
  await page.goto('/admin')
  const row = passes(page).getByRole('row').filter({ hasText: 'Clerk lists nobody' })
  await row.waitFor()
  expect(await row.innerText()).toMatch(/Stopped[\s\S]*0, 7[\s\S]*2 whose address another has[\s\S]*took 3 s/)
  await page.getByRole('heading', { name: 'The last pass stopped: Clerk lists nobody' }).waitFor()
  await leave()
})

test('the page keeps what it has shown while the database is away, says that it is old, and recovers by itself', async () => {
  const { page, leave } = await newPerson()
  await page.clock.install()
  await signInAsAdmin(page)
  await page.goto('/admin')
  await page.getByRole('heading', { name: 'Dead letters' }).waitFor()
  await armNeon({ act: { kind: 'respond', status: 500, body: 'down' } })
  await page.getByRole('button', { name: 'Look again' }).click()
  await page.getByRole('alert').getByText('The database cannot be reached just now').waitFor()
  await page.getByRole('heading', { name: 'Dead letters' }).waitFor()
  await clearFaults()
  await itLooksAgain(page)
  await page.getByRole('alert').waitFor({ state: 'detached' })
  await leave()
})

test('without a first answer the page says so, and reads it when it is asked to', async () => {
  const { page, leave } = await newPerson()
  await signInAsAdmin(page)
  await armNeon({ act: { kind: 'respond', status: 500, body: 'down' } })
  await adminLink(page).click()
  await page.getByRole('heading', { name: 'How the sync is doing could not be read' }).waitFor()
  await clearFaults()
  // On a slow machine it may come by itself meanwhile.
  await insist(
    () => page.getByRole('button', { name: 'Read it again' }).click(),
    page.getByRole('heading', { name: 'Dead letters' }),
  )
  await leave()
})

test('a dry run started from the page appears on it when it is through', async () => {
  const { page, leave } = await newPerson()
  await signInAsAdmin(page)
  await page.goto('/admin')
  const before = await database.query('select 1 from reconcile_runs')
  await page.getByRole('button', { name: 'Dry run' }).click()
  await passes(page).getByText('A dry run has started').waitFor()
  const row = passes(page)
    .getByRole('row')
    .filter({ hasText: 'by an admin' })
    .filter({ hasText: 'Complete' })
    .first()
  await row.waitFor({ timeout: 30_000 })
  expect(await row.innerText()).toMatch(/dry run/)
  const { rows } = await database.query('select * from reconcile_runs order by started_at desc limit 1')
  expect(rows[0]).toMatchObject({ trigger: 'admin', dry_run: true, status: 'complete' })
  expect((await database.query('select 1 from reconcile_runs')).rowCount).toBe((before.rowCount ?? 0) + 1)
  await leave()
})

test('a pass that cannot be started is told so', async () => {
  const { page, leave } = await newPerson()
  await signInAsAdmin(page)
  await page.goto('/admin')
  await passes(page).waitFor()
  await armNeon({ act: { kind: 'respond', status: 500, body: 'down' } })
  await page.getByRole('button', { name: 'Reconcile now' }).click()
  await passes(page).getByText('It could not be started: The database cannot be reached just now.').waitFor()
  await leave()
})
