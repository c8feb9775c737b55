/** What admins do about users and see of them, and what the users see of that. */
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterEach, describe, expect, test } from 'vitest'
import { fullDay, shortDay } from '../../web/src/charts/days.ts'
import { armNeon, clearFaults } from './faults.ts'
import { ADMIN, comeBack, insist, join, lookAgain, newEmail, openAccount, syncHeading } from './person.ts'
import { expectUsable } from './usable.ts'
import { world } from './world.ts'

const { database, newPerson } = world()
afterEach(async () => {
  await database.query(`delete from users where id like 'user_made%'`)
})

async function newAdmin(options: BrowserContextOptions = {}) {
  const admin = await newPerson(options)
  await comeBack(admin.page, ADMIN.email, ADMIN.password)
  await openAccount(admin.page)
  await syncHeading(admin.page, 'In step').waitFor()
  return admin
}

async function newUser(name: string, options: BrowserContextOptions = {}) {
  const person = await newPerson(options)
  const email = newEmail(name)
  await join(person.page, email, 'Grace', 'Hopper')
  await openAccount(person.page)
  await syncHeading(person.page, 'In step').waitFor()
  const { rows } = await database.query('select id from users where email = $1', [email])
  return { ...person, email, id: String(rows[0]?.id) }
}

/** Users without anybody behind them, older than everybody else. */
const make = (count: number) =>
  database.query(
    `insert into users (id, email, first_name, created_at, updated_at)
     select 'user_made' || n, 'made' || n || '@example.com', 'Made', timestamptz '2020-01-01' + n * interval '1 second', now()
     from generate_series(1, $1::int) as n`,
    [count],
  )

const find = (page: Page, text: string) => page.getByLabel('Find a user').fill(text)
const tierOf = (page: Page, who: string) => page.getByLabel(`Tier of ${who}`)
const plan = (page: Page) => page.getByRole('region', { name: 'Plan' })
const usage = (page: Page) => page.getByRole('region', { name: 'Your last 30 days' })
const listedUsers = (page: Page) => page.getByRole('region', { name: 'Users' }).getByRole('rowheader')

test('an admin finds a user by the beginning of the address and makes them Pro; the user sees it on coming back', async () => {
  const [user, admin] = [await newUser('promoted'), await newAdmin()]
  await plan(user.page).getByText('Free').waitFor()

  await admin.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Admin' }).click()
  await admin.page.getByRole('navigation', { name: 'Admin' }).getByRole('link', { name: 'Users' }).click()
  await find(admin.page, user.email.slice(0, -9).toUpperCase())
  await admin.page.getByText('1 user found').waitFor()
  await tierOf(admin.page, 'Grace Hopper').selectOption('Pro')
  const dialog = admin.page.getByRole('dialog', { name: 'Change Grace Hopper to Pro?' })
  expect(await dialog.innerText()).toContain(user.email)
  expect(await dialog.innerText()).toMatch(/Free[\s\S]*Pro/)
  await dialog.getByRole('button', { name: 'Change to Pro' }).click()
  await admin.page.getByRole('status').getByText('Grace Hopper is on Pro now; it was Free.').waitFor()
  expect(await tierOf(admin.page, 'Grace Hopper').inputValue()).toBe('PRO')
  const { rows } = await database.query(
    'select from_tier, to_tier, actor from tier_changes where user_id = $1',
    [user.id],
  )
  expect(rows).toEqual([{ from_tier: 'FREE', to_tier: 'PRO', actor: expect.stringMatching(/^user_/) }])

  await lookAgain(user.page)
  await plan(user.page).getByText('Pro', { exact: true }).waitFor()
  await plan(user.page).getByText('of 100 messages left today').waitFor()
  await user.leave()
  await admin.leave()
})

test('who thinks better of it changes nothing, by the button as by Escape, and stands where they stood', async () => {
  await make(1)
  const { page, leave } = await newAdmin()
  await page.goto('/admin/users')
  await find(page, 'made1@')
  await page.getByText('1 user found').waitFor()
  for (const leaveIt of [
    () => page.getByRole('button', { name: 'Keep Free' }).click(),
    () => page.keyboard.press('Escape'),
  ]) {
    await tierOf(page, 'Made').focus()
    await tierOf(page, 'Made').selectOption('Maxx')
    await page.getByRole('dialog').waitFor()
    await leaveIt()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await tierOf(page, 'Made').inputValue()).toBe('FREE')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Tier of Made')
  }
  expect((await database.query(`select tier from users where id = 'user_made1'`)).rows).toEqual([
    { tier: 'FREE' },
  ])
  await leave()
})

test('a change that fails says so where it was asked for, and is tried again there', async () => {
  await make(1)
  const { page, leave } = await newAdmin()
  await page.goto('/admin/users')
  await find(page, 'user_made1')
  await page.getByText('1 user found').waitFor()
  await tierOf(page, 'Made').selectOption('Pro')
  await armNeon({ act: { kind: 'respond', status: 500, body: 'down' } })
  await page.getByRole('button', { name: 'Change to Pro' }).click()
  await page
    .getByRole('dialog')
    .getByRole('alert')
    .getByText('The database cannot be reached just now')
    .waitFor()
  await clearFaults()
  await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Made is on Pro now; it was Free.').waitFor()
  await leave()
})

test('the list grows on demand to the last user, each of them once', async () => {
  await make(120)
  const { page, leave } = await newAdmin()
  await page.goto('/admin/users')
  await find(page, 'made')
  await page.getByText('The newest 50 who match').waitFor()
  await page.getByRole('button', { name: 'Look further back' }).click()
  await page.getByText('The newest 100 who match').waitFor()
  await page.getByRole('button', { name: 'Look further back' }).click()
  await page.getByText('120 users found').waitFor()
  expect(await page.getByRole('button', { name: 'Look further back' }).count()).toBe(0)
  const ids = await listedUsers(page).locator('code').allInnerTexts()
  expect(ids).toHaveLength(120)
  expect(new Set(ids).size).toBe(120)
  expect([ids[0], ids.at(-1)]).toEqual(['user_made120', 'user_made1'])
  await leave()
})

test('who types on is shown what the last letters find, and what finds nobody says so', async () => {
  await make(12)
  const { page, leave } = await newAdmin()
  await page.goto('/admin/users')
  await page.getByLabel('Find a user').pressSequentially('made12', { delay: 40 })
  await page.getByText('1 user found').waitFor()
  await find(page, 'made%')
  await page.getByText('Nobody begins with “made%”.').waitFor()
  await page.getByRole('button', { name: 'Look at everybody again' }).click()
  await page
    .getByText(/users$/)
    .first()
    .waitFor()
  expect(await listedUsers(page).count()).toBeGreaterThan(12)
  await leave()
})

test('somebody who is no admin is told so on each of the pages', async () => {
  const { page, leave } = await newUser('curious')
  for (const place of ['/admin/users', '/admin/analytics']) {
    await page.goto(place)
    await page.getByRole('heading', { name: 'This page is for admins' }).waitFor()
    expect(await page.locator('body').innerText()).not.toMatch(/@example\.com|Sign-ups|Last seen/)
  }
  await leave()
})

const DAY_MS = 86_400_000

test('a day’s figures stand in the picture, under the keyboard, and in the table', async () => {
  await make(3)
  await database.query(`
    insert into usage_daily (user_id, day, messages, prompt_tokens, completion_tokens)
    select id, (now() at time zone 'UTC')::date - 80, 4, 30, 200 from users where id like 'user_made%'`)
  const { page, leave } = await newAdmin()
  await page.goto('/admin/analytics')
  await page.getByRole('heading', { name: 'Analytics' }).waitFor()
  await page.getByText('90 days').click()
  await page.getByText('in 90 days').first().waitFor()
  const tokens = page.getByRole('region', { name: 'Tokens' })
  expect(await tokens.getByRole('listitem').allInnerTexts()).toEqual([
    'Written by the assistant',
    'Read by it',
  ])
  const { rows } = await database.query(
    `select to_char((now() at time zone 'UTC')::date - 80, 'YYYY-MM-DD') as day`,
  )
  await page.getByText('The same as a table').click()
  const day = String(rows[0]?.day)
  const row = page.getByRole('row').filter({ hasText: day })
  const ticks = tokens.locator('.recharts-xAxis-tick-labels text')
  await ticks.first().waitFor()
  const labels = await ticks.allTextContents()
  const days = Array.from({ length: 90 }, (_, n) =>
    shortDay(new Date(Date.parse(day) + (n - 9) * DAY_MS).toISOString()),
  )
  const [first = -1, ...places] = labels.map((label) => days.indexOf(label))
  const step = (places[0] ?? 0) - first
  expect(places).toEqual(places.map((_, n) => first + (n + 1) * step))
  expect(places.at(-1)).toBe(89)
  expect((await row.getByRole('cell').allInnerTexts()).slice(1)).toEqual(['3', '12', '90', '600'])

  const picture = page.getByRole('application', { name: /^Messages by day/ })
  await picture.focus()
  for (let days = 0; days < 9; days += 1) await page.keyboard.press('ArrowRight')
  await page.getByRole('region', { name: 'Messages' }).getByText(fullDay(day)).waitFor()
  await leave()
})

test('without the database the list and the figures say so, and come when they are asked for again', async () => {
  const { page, leave } = await newAdmin()
  await armNeon({ act: { kind: 'respond', status: 500, body: 'down' } })
  for (const [place, failure, heading] of [
    ['Users', 'The users could not be read', 'Users'],
    ['Analytics', 'The figures could not be read', 'Active users'],
  ] as const) {
    await armNeon({ act: { kind: 'respond', status: 500, body: 'down' } })
    if (place === 'Users') await page.getByRole('link', { name: 'Admin' }).click()
    await page.getByRole('link', { name: place, exact: true }).click()
    await page.getByRole('heading', { name: failure }).waitFor()
    await clearFaults()
    // On a slow machine it may come by itself meanwhile.
    await insist(
      () => page.getByRole('button', { name: 'Read it again' }).click(),
      page.getByRole('heading', { name: heading, exact: true }).first(),
    )
  }
  await leave()
})

test('who has sent nothing yet is told what will be there, and sees the first messages on coming back', async () => {
  const { page, id, leave } = await newUser('beginner')
  await usage(page).getByText('No messages yet.').waitFor()
  const before = await usage(page).boundingBox()
  await database.query(
    `insert into usage_daily (user_id, day, messages, prompt_tokens, completion_tokens)
     values ($1, (now() at time zone 'UTC')::date, 5, 900, 1100)`,
    [id],
  )
  await lookAgain(page)
  await usage(page)
    .getByRole('application', { name: /^Messages a day: 5 messages/ })
    .waitFor()
  await usage(page).getByText('2K').first().waitFor()
  expect((await usage(page).boundingBox())?.height).toBe(before?.height)
  await usage(page).getByText('The same as a table').click()
  const [today] = await usage(page).getByRole('row').filter({ hasText: '1,100' }).allInnerTexts()
  expect(today).toMatch(/5\s+900\s+1,100/)
  await leave()
})

describe.each([
  ['on a desk, in light', { viewport: { width: 1280, height: 800 }, colorScheme: 'light' }],
  ['on a phone, in dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
] as const)('%s', (_name, options) => {
  test('users, a change of tier, figures and usage are accessible and fit', async () => {
    await make(60)
    const { page, leave } = await newAdmin({ ...options, reducedMotion: 'reduce' })
    const { rowCount } = await database.query(
      `insert into usage_daily (user_id, day, messages, prompt_tokens, completion_tokens)
       select id, (now() at time zone 'UTC')::date - 1, 3, 40, 50 from users
       where email = $1 or id like 'user_made%' on conflict do nothing`,
      [ADMIN.email],
    )
    expect(rowCount).toBeGreaterThan(59)
    await page.goto('/account')
    await usage(page).getByRole('application').nth(1).waitFor()
    await usage(page).getByText('The same as a table').click()
    await expectUsable(page)

    await page.goto('/admin/users')
    await page.getByRole('button', { name: 'Show more' }).waitFor()
    await expectUsable(page)
    await find(page, 'made1@')
    await page.getByText('1 user found').waitFor()
    await tierOf(page, 'Made').selectOption('Maxx')
    await page.getByRole('dialog').waitFor()
    await expectUsable(page)
    await page.getByRole('button', { name: 'Change to Maxx' }).click()
    await page.getByText('was Free').first().waitFor()
    await expectUsable(page)
    await find(page, 'nobody of that name')
    await page.getByText(/^Nobody begins with/).waitFor()
    await expectUsable(page)

    await page.goto('/admin/analytics')
    await page.getByRole('application').nth(3).waitFor()
    await page.getByText('The same as a table').click()
    await expectUsable(page)
    await leave()
  })
})
