/** Somebody talks to the assistant, in a real Chromium, and meets what can happen on the way. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { armAssistant, hurry, setPace } from './faults.ts'
import { ADMIN, comeBack, join, lookAgain, newEmail, openAccount } from './person.ts'
import { world } from './world.ts'

const { database, newPerson } = world()

/** The story takes a minute. */
const SLOWLY = { firstMs: 0, chunkMs: 40 }
/** Time enough for whoever does not want to wait. */
const AFTER_LONG_THOUGHT = { firstMs: 20_000, chunkMs: 0 }

async function newcomer(name: string) {
  const person = await newPerson()
  const email = newEmail(name)
  await join(person.page, email)
  await quota(person.page, '10 of 10')
  return { ...person, email }
}

const field = (page: Page) => page.getByRole('textbox', { name: 'Message' })
const quota = (page: Page, words: string) => page.getByText(`${words} messages left today`).waitFor()
const turns = (page: Page) => page.getByRole('article')
const list = (page: Page) => page.getByRole('navigation', { name: 'Conversations' })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
/** What a screen reader has been told last. */
const spoken = (page: Page) => page.getByRole('status').filter({ hasText: /^(Reply|Stopped|The )/ })

/** One at a time: until the last reply is whole, there is a Stop where Send will be. */
async function send(page: Page, words: string) {
  await button(page, 'Send').waitFor()
  await field(page).fill(words)
  await field(page).press('Enter')
}

/** Sends, and waits for the whole reply. */
async function ask(page: Page, words: string) {
  const before = await turns(page).count()
  await send(page, words)
  const turn = turns(page).nth(before)
  await turn.getByRole('button', { name: 'Copy this reply' }).waitFor()
  return turn
}

const atConversation = (url: URL) => /^\/chat\/[0-9a-f-]{36}$/.test(url.pathname)

test('a first message begins a conversation with an address and a name, and a reload finds it all', async () => {
  const { page, leave } = await newcomer('talk')
  await page.getByRole('heading', { name: /, Ada$/, level: 1 }).waitFor()
  await page.evaluate(() => Object.assign(window, { loadedOnce: true }))
  const turn = await ask(page, 'Show me some code')
  await page.waitForURL(atConversation)
  expect(await page.evaluate(() => 'loadedOnce' in window)).toBe(true)
  await turn.getByRole('button', { name: 'Copy this code' }).first().waitFor()
  await spoken(page).filter({ hasText: 'Reply: ' }).waitFor({ state: 'attached' })
  await quota(page, '9 of 10')
  expect(await field(page).inputValue()).toBe('')
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA')
  const said = await turn.innerText()

  await page.reload()
  await page.getByRole('heading', { name: 'Show me some code', level: 1 }).waitFor()
  await list(page).getByRole('link', { name: 'Show me some code' }).waitFor()
  await turns(page).getByRole('button', { name: 'Copy this code' }).first().waitFor()
  await expect.poll(() => turns(page).innerText()).toBe(said)
  await quota(page, '9 of 10')
  await leave()
})

test('the day’s last message closes the composer, and an admin who raises the tier opens it with what was written', async () => {
  const { page, email, leave } = await newcomer('limit')
  for (let message = 1; message <= 9; message += 1) await ask(page, `repeat: ${message}`)
  // Another device has used the last one up meanwhile.
  await database.query(
    'update rate_limits set message_count = 10 from users where users.id = rate_limits.user_id and email = $1',
    [email],
  )
  await send(page, 'One too many')
  await page.getByRole('heading', { name: 'That was today’s last message' }).waitFor()
  await page.getByText('What you have written is kept. This opens by itself.').waitFor()
  expect(await field(page).count()).toBe(0)
  expect(await turns(page).count()).toBe(9)

  await makePro(email)
  await lookAgain(page)
  await quota(page, '90 of 100')
  expect(await field(page).inputValue()).toBe('One too many')
  await field(page).press('Enter')
  await expect.poll(() => turns(page).count()).toBe(10)
  await quota(page, '89 of 100')
  await leave()
})

/** In the admin's own browser, by the admin's page. */
async function makePro(email: string) {
  const admin = await newPerson()
  await comeBack(admin.page, ADMIN.email, ADMIN.password)
  await admin.page.goto('/admin/users')
  await admin.page.getByLabel('Find a user').fill(email)
  await admin.page.getByText('1 user found').waitFor()
  await admin.page.getByLabel('Tier of Ada Lovelace').selectOption('Pro')
  await button(admin.page, 'Change to Pro').click()
  await admin.page.getByText('Ada Lovelace is on Pro now').waitFor()
  await admin.leave()
}

test('who stops before the first word may try again, and the message is said and counted once', async () => {
  const { page, leave } = await newcomer('impatient')
  await setPace(AFTER_LONG_THOUGHT)
  await send(page, 'repeat: here after all')
  await turns(page).getByText('Thinking').waitFor()
  await button(page, 'Stop').click()
  await turns(page).getByText('Stopped before the first word').waitFor()
  await hurry()
  await button(page, 'Try again').click()
  await turns(page).getByText('here after all', { exact: true }).waitFor()
  await turns(page).getByRole('button', { name: 'Copy this reply' }).waitFor()
  // The buttons are gone, and whoever pressed them goes on writing.
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA')
  await quota(page, '9 of 10')

  await page.reload()
  await turns(page).getByText('here after all', { exact: true }).waitFor()
  expect(await turns(page).count()).toBe(1)
  expect(await turns(page).getByText('here after all').count()).toBe(2)
  await quota(page, '9 of 10')
  await leave()
})

test('a stopped reply keeps its words, also after a reload', async () => {
  const { page, leave } = await newcomer('stop')
  await setPace(SLOWLY)
  await send(page, 'Tell me a long story')
  await turns(page).getByText('On the last rock').waitFor()
  await page.keyboard.press('Escape')
  await turns(page).getByText('Stopped').waitFor()
  await spoken(page).filter({ hasText: 'Stopped' }).waitFor({ state: 'attached' })
  await page.reload()
  await turns(page).getByText('Stopped').waitFor()
  expect(await turns(page).innerText()).toContain('On the last rock')
  await button(page, 'Try again').waitFor()
  await leave()
})

test('whatever fails, a message is kept, and trying again neither doubles it nor counts it twice', async () => {
  const { page, leave } = await newcomer('failing')
  await armAssistant({ times: 1, act: { kind: 'cut-answer', events: 12 } })
  await send(page, 'Tell me a long story')
  await turns(page).getByText('The reply broke off').waitFor()
  await turns(page).getByRole('heading', { name: 'The Keeper of the Long Reply' }).waitFor()
  await quota(page, '9 of 10')
  await button(page, 'Try again').click()
  await spoken(page).filter({ hasText: 'Reply: ' }).waitFor({ state: 'attached' })
  expect(await turns(page).count()).toBe(1)
  expect(await turns(page).getByText('The reply broke off').count()).toBe(0)
  await quota(page, '9 of 10')

  await page.context().setOffline(true)
  await send(page, 'repeat: after')
  await turns(page).last().getByText('SwarAI could not be reached').waitFor()
  await page.context().setOffline(false)
  await button(page, 'Try again').click()
  await turns(page).last().getByRole('button', { name: 'Copy this reply' }).waitFor()
  await page.reload()
  await turns(page).last().getByText('after', { exact: true }).waitFor()
  expect(await turns(page).count()).toBe(2)
  await quota(page, '8 of 10')
  await leave()
})

test('what is said in one tab is there in the other; a reply goes on while its writer looks elsewhere', async () => {
  const { page, leave } = await newcomer('tabs')
  await ask(page, 'repeat: one')
  await page.waitForURL(atConversation)
  const other = await page.context().newPage()
  await other.goto(page.url())
  await turns(other).getByText('one', { exact: true }).waitFor()
  await ask(page, 'repeat: two')
  await turns(other).last().getByText('two', { exact: true }).waitFor()
  await quota(other, '8 of 10')

  await setPace(SLOWLY)
  await send(page, 'Tell me a long story')
  await turns(page).getByText('On the last rock').waitFor()
  await turns(other).last().getByText('Being written').waitFor()
  await openAccount(page)
  await page.goBack()
  await button(page, 'Stop').click()
  await turns(other).last().getByText('Stopped').waitFor()
  await leave()
})

test('somebody else’s conversation is not here, and leads on', async () => {
  const ada = await newcomer('ada')
  await ask(ada.page, 'repeat: between us')
  await ada.page.waitForURL(atConversation)
  const bob = await newcomer('bob')
  await bob.page.goto(ada.page.url())
  await bob.page.getByRole('heading', { name: 'This conversation is not here' }).waitFor()
  expect(await bob.page.locator('body').innerText()).not.toContain('between us')
  await bob.page.getByRole('link', { name: 'Begin a new one' }).click()
  await ask(bob.page, 'repeat: by myself')
  await ada.leave()
  await bob.leave()
})

test('a message that is too long is told by how much', async () => {
  const { page, leave } = await newcomer('too-long')
  await field(page).fill('x'.repeat(16_001))
  await page.getByText('1 character too many', { exact: true }).waitFor()
  await field(page).fill('x'.repeat(15_999))
  await page.getByText('1 character left', { exact: true }).waitFor()
  await leave()
})

test('conversations are found, renamed and deleted', async () => {
  const { page, leave } = await newcomer('list')
  await ask(page, 'repeat: of engines')
  await page.getByRole('link', { name: 'New chat' }).first().click()
  await page.waitForURL('**/chat')
  await expect.poll(() => turns(page).count()).toBe(0)
  await ask(page, 'repeat: of lighthouses')
  await page.getByRole('searchbox', { name: 'Search conversations' }).fill('ENGINES')
  await expect.poll(() => list(page).getByRole('link').allInnerTexts()).toEqual(['repeat: of engines'])
  await list(page).getByRole('link').hover()
  await button(page, 'Rename repeat: of engines').click()
  // As it is typed: the old name is selected, and the new one takes its place.
  await page.keyboard.type('The Analytical Engine')
  await page.keyboard.press('Enter')
  await list(page).getByRole('link', { name: 'The Analytical Engine' }).click()
  await page.getByRole('heading', { name: 'The Analytical Engine', level: 1 }).waitFor()

  await button(page, 'Delete The Analytical Engine').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click()
  await button(page, 'Delete The Analytical Engine').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.waitForURL('**/chat')
  await page.getByRole('searchbox', { name: 'Search conversations' }).fill('')
  await expect.poll(() => list(page).getByRole('link').allInnerTexts()).toEqual(['repeat: of lighthouses'])
  await leave()
})

test('reading on in a long conversation moves nothing, and nor does a reply that grows', async () => {
  const { page, email, leave } = await newcomer('long')
  const id = crypto.randomUUID()
  await database.query(
    'insert into conversations (user_id, id, title) select id, $2, $3 from users where email = $1',
    [email, id, 'Long ago'],
  )
  await database.query(SIXTY_TURNS, [email, id])
  await page.goto(`/chat/${id}`)
  const pane = page.getByRole('region', { name: 'Conversation' })
  const turn = (n: number) => turns(page).filter({ hasText: `Question ${n}.` })
  /** Turns that come into view get their real height a frame later. */
  const top = (n: number) =>
    turn(n).evaluate(async (element) => {
      for (let before = Number.NaN; ; ) {
        const now = Math.round(element.getBoundingClientRect().top)
        if (now === before) return now
        before = now
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      }
    })
  await turn(60).waitFor()
  expect(await turns(page).count()).toBeLessThan(60)

  const asked = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  await page.route('**/messages?cursor=*', async (route) => {
    asked.resolve()
    await release.promise
    await route.continue()
  })
  const oldest = 61 - (await turns(page).count())
  await pane.evaluate((element) => element.scrollTo({ top: -element.scrollHeight }))
  await asked.promise
  const before = await top(oldest)
  release.resolve()
  await turn(oldest - 1).waitFor({ state: 'attached' })
  expect(Math.abs((await top(oldest)) - before)).toBeLessThanOrEqual(1)

  await button(page, 'To the newest').click()
  await expect.poll(() => pane.evaluate((element) => element.scrollTop)).toBe(0)
  await setPace(SLOWLY)
  await send(page, 'Tell me a long story')
  await turns(page).last().getByText('On the last rock').waitFor()
  await pane.evaluate((element) => element.scrollBy({ top: -300 }))
  await button(page, 'To the newest').waitFor()
  const read = await top(60)
  const height = await turns(page)
    .last()
    .evaluate((element) => element.clientHeight)
  await expect
    .poll(() =>
      turns(page)
        .last()
        .evaluate((element) => element.clientHeight),
    )
    .toBeGreaterThan(height + 60)
  expect(Math.abs((await top(60)) - read)).toBeLessThanOrEqual(1)
  await leave()
})

/** Of different lengths, in the order in which they were said. */
const SIXTY_TURNS = `
  with asked as (
    select n, gen_random_uuid() as question, gen_random_uuid() as reply from generate_series(1, 60) as n
  ), said as (
    select n * 2 as place, question as id, 'user' as role, 'Question ' || n || '.' as content,
      null::uuid as reply_to, null as status, null::smallint as attempt, null::timestamptz as attempted_at
    from asked
    union all
    select n * 2 + 1, reply, 'assistant', repeat('An answer of some length. ', 1 + n % 9 * 8), question, 'complete', 1, now()
    from asked
  )
  insert into messages (user_id, id, conversation_id, role, content, reply_to, status, attempt, attempted_at)
  select users.id, said.id, $2::uuid, role, content, reply_to, status, attempt, attempted_at
  from said cross join users where email = $1 order by place`

test('whoever leaves a new name for the composer is left there', async () => {
  const { page, leave } = await newcomer('renaming')
  await ask(page, 'repeat: of engines')
  await list(page).getByRole('link').hover()
  await button(page, 'Rename repeat: of engines').click()
  await page.keyboard.type('Engines')
  await field(page).click()
  await list(page).getByRole('link', { name: 'Engines', exact: true }).waitFor()
  // Whatever has been put off to the next frame.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  await page.keyboard.type('go on')
  expect(await field(page).inputValue()).toBe('go on')

  await list(page).getByRole('link').hover()
  await button(page, 'Rename Engines').click()
  await page.keyboard.press('Escape')
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
    .toBe('Rename Engines')
  await leave()
})

test('a message that did not arrive is found after a reload, beside what was written since, and tried again', async () => {
  const { page, leave } = await newcomer('reload')
  await ask(page, 'repeat: one')
  await page.waitForURL(atConversation)
  await page.context().setOffline(true)
  await send(page, 'repeat: two')
  await turns(page).last().getByText('SwarAI could not be reached').waitFor()
  await field(page).fill('three')
  await page.context().setOffline(false)
  await page.reload()
  await turns(page).last().getByText('This message may not have arrived').waitFor()
  expect(await turns(page).last().innerText()).toContain('repeat: two')
  expect(await field(page).inputValue()).toBe('three')
  await button(page, 'Try again').click()
  await turns(page).last().getByText('two', { exact: true }).waitFor()
  await quota(page, '8 of 10')

  await page.context().setOffline(true)
  await button(page, 'Send').waitFor()
  await field(page).press('Enter')
  await turns(page).last().getByText('SwarAI could not be reached').waitFor()
  await button(page, 'Change it').click()
  expect(await field(page).inputValue()).toBe('three')
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA')
  await expect.poll(() => turns(page).count()).toBe(2)
  await page.context().setOffline(false)
  await leave()
})

test('a conversation that is deleted in another tab says so, and what was written for it goes on in a new one', async () => {
  const { page, leave } = await newcomer('deleted')
  await ask(page, 'repeat: of engines')
  await page.waitForURL(atConversation)
  await field(page).fill('half a thought')
  const other = await page.context().newPage()
  await other.goto(page.url())
  await turns(other).getByText('of engines', { exact: true }).waitFor()
  await button(other, 'Delete repeat: of engines').click()
  await other.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await other.waitForURL('**/chat')
  await page.getByRole('heading', { name: 'This conversation is not here' }).waitFor()
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('This conversation is not here')
  await page
    .getByRole('status')
    .filter({ hasText: 'This conversation is not here' })
    .waitFor({ state: 'attached' })
  await page.getByRole('link', { name: 'Begin a new one' }).click()
  await expect.poll(() => field(page).inputValue()).toBe('half a thought')
  await leave()
})
