/** How a conversation looks when it is opened, whichever way it is read: on small windows, from right to left, on paper. */
import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { join, newEmail, syncHeading } from './person.ts'
import { shiftsOf } from './shifts.ts'
import { world } from './world.ts'

const { database, newPerson } = world()

const DESK = { width: 1280, height: 800 }
const PHONE = { width: 360, height: 740 }

async function newcomer(options: BrowserContextOptions = {}) {
  const person = await newPerson(options)
  const email = newEmail('reader')
  await join(person.page, email)
  await person.page.getByText(/messages left today/).waitFor()
  return { ...person, email }
}

const turns = (page: Page) => page.getByRole('article')

/** Three questions, and the same reply to each. */
async function talk(email: string, { title = 'A long talk', question = 'And then?', reply = REPLY } = {}) {
  const id = crypto.randomUUID()
  await database.query(
    'insert into conversations (user_id, id, title) select id, $2, $3 from users where email = $1',
    [email, id, title],
  )
  await database.query(THREE_TURNS, [email, id, question, reply])
  return id
}

const REPLY = `## How it goes

${'Some **words** about it. '.repeat(30)}

${'- a *point*\n'.repeat(12)}
\`\`\`ts
${'const answer = 42\n'.repeat(8)}\`\`\`

| a | b |
|---|---|
| 1 | 2 |
`

const THREE_TURNS = `
  with asked as (
    select n, gen_random_uuid() as question, gen_random_uuid() as reply from generate_series(1, 3) as n
  ), said as (
    select n * 2 as place, question as id, 'user' as role, $3 as content,
      null::uuid as reply_to, null as status, null::smallint as attempt, null::timestamptz as attempted_at
    from asked
    union all
    select n * 2 + 1, reply, 'assistant', $4, question, 'complete', 1, now() from asked
  )
  insert into messages (user_id, id, conversation_id, role, content, reply_to, status, attempt, attempted_at)
  select users.id, said.id, $2::uuid, role, content, reply_to, status, attempt, attempted_at
  from said cross join users where email = $1 order by place`

test.each([
  ['on a desk', DESK],
  ['on a phone', PHONE],
])('%s a conversation that is opened is there as what it is, and nothing moves', async (_where, viewport) => {
  const { page, email, leave } = await newcomer({ viewport })
  const id = await talk(email)
  const read = Promise.withResolvers<void>()
  page.on('response', (answer) => {
    if (answer.url().endsWith(`/${id}/messages`)) void answer.finished().then(() => read.resolve())
  })
  // What reads markdown is the last thing to come.
  await page.route('**/assets/Markdown-*.js', async (route) => {
    await read.promise
    await route.continue()
  })
  await page.goto(`/chat/${id}`)
  await turns(page).last().getByRole('button', { name: 'Copy this code' }).waitFor()
  expect(await shiftsOf(page)).toBeLessThan(0.01)
  await leave()
})

test('what reads markdown comes when the network is back; until then there are the words', async () => {
  const { page, email, leave } = await newcomer()
  await talk(email)
  await page.goto('/account')
  await syncHeading(page, 'In step').waitFor()
  await page.waitForFunction(() => document.readyState === 'complete')
  // Asked for before the chat's own code, which comes, and before this, which does not.
  let asked = 0
  await page.route('**/assets/*.js', (route) => {
    if (route.request().method() === 'HEAD') asked += 1
    return asked === 2 ? route.abort() : route.continue()
  })
  await page.getByRole('link', { name: 'Chat', exact: true }).click()
  await page.getByRole('link', { name: 'A long talk' }).click()
  await turns(page).last().getByText('## How it goes').waitFor()
  await page.unroute('**/assets/*.js')
  await page.evaluate(() => dispatchEvent(new Event('online')))
  await turns(page).last().getByRole('heading', { name: 'How it goes' }).waitFor()
  await leave()
})

test('a way to begin goes before what has been written, and takes the place of another', async () => {
  const { page, leave } = await newcomer()
  const field = page.getByRole('textbox', { name: 'Message' })
  const value = () => field.evaluate((element) => element instanceof HTMLTextAreaElement && element.value)
  await page.getByRole('button', { name: 'Make a plan' }).click()
  await expect.poll(value).toBe('Make me a plan, step by step, for ')
  await page.getByRole('button', { name: 'Explain something' }).click()
  await expect.poll(value).toBe('Explain to me, with an everyday example, ')
  await field.pressSequentially('the tides')
  await page.getByRole('button', { name: 'Make a plan' }).click()
  await expect.poll(value).toBe('Make me a plan, step by step, for the tides')
  await field.fill('my thesis')
  await page.getByRole('button', { name: 'Explain something' }).click()
  await expect.poll(value).toBe('Explain to me, with an everyday example, my thesis')
  await leave()
})

test('each text runs in its own direction, and code from left to right', async () => {
  const { page, email, leave } = await newcomer()
  const reply =
    'مرحبا بالعالم\n\n- واحد\n- `npm ci` اثنان\n\n> قال\n\n```\nx = 1\n```\n\n| أ | ب |\n|---|---|\n| ١ | ٢ |\n\nIn English'
  const id = await talk(email, { title: 'سؤال طويل', question: 'كيف حالك؟', reply })
  await page.goto(`/chat/${id}`)
  const turn = turns(page).last()
  await turn.getByRole('button', { name: 'Copy this code' }).waitFor()
  const direction = (of: string) =>
    turn.locator(of).evaluate((element) => getComputedStyle(element).direction)
  const found: Record<string, string> = {}
  for (const of of ['div > p', 'ul', 'blockquote', 'pre', 'table', 'li code'])
    found[of] = await turn
      .locator(of)
      .first()
      .evaluate((element) => getComputedStyle(element).direction)
  expect(found).toEqual({
    'div > p': 'rtl',
    ul: 'rtl',
    blockquote: 'rtl',
    pre: 'ltr',
    table: 'rtl',
    'li code': 'ltr',
  })
  expect(await direction('.markdown > p >> nth=-1')).toBe('ltr')
  const of = (element: Element) => getComputedStyle(element).direction
  expect(await turn.getByText('مرحبا').evaluate(of)).toBe('rtl')
  expect(await page.getByRole('heading', { level: 1 }).evaluate(of)).toBe('rtl')
  expect(await page.getByRole('link', { name: 'سؤال طويل' }).evaluate(of)).toBe('rtl')
  const field = page.getByRole('textbox', { name: 'Message' })
  await field.fill('שלום')
  expect(await field.evaluate(of)).toBe('rtl')
  await leave()
})

test.each([
  { width: 740, height: 360 },
  { width: 640, height: 400 },
  { width: 360, height: 420 },
])('an empty chat begins at its beginning in a window of $width by $height', async (viewport) => {
  const { page, leave } = await newcomer({ viewport })
  const pane = page.getByRole('region', { name: 'Conversation' })
  const greeting = page.getByRole('heading', { level: 1 })
  const [outer, inner] = [await pane.boundingBox(), await greeting.boundingBox()]
  if (!outer || !inner) throw new Error('it is not drawn')
  expect(inner.y).toBeGreaterThanOrEqual(outer.y)
  expect(inner.y + inner.height).toBeLessThanOrEqual(outer.y + outer.height)
  await leave()
})

test('on paper there is the whole thread, and nothing to press', async () => {
  const { page, email, leave } = await newcomer({ colorScheme: 'dark' })
  const id = await talk(email)
  await page.goto(`/chat/${id}`)
  await turns(page).last().getByRole('button', { name: 'Copy this code' }).waitFor()
  await page.emulateMedia({ media: 'print' })
  const { bottom, height } = await turns(page)
    .last()
    .evaluate((element) => ({
      bottom: element.getBoundingClientRect().bottom + scrollY,
      height: document.documentElement.scrollHeight,
    }))
  const first = await turns(page).first().boundingBox()
  expect(first?.y).toBeGreaterThanOrEqual(0)
  expect(bottom).toBeGreaterThan(DESK.height)
  expect(bottom).toBeLessThanOrEqual(height)
  expect(await page.getByRole('button').count()).toBe(0)
  expect(await page.getByRole('textbox').count()).toBe(0)
  expect(await page.getByRole('navigation').count()).toBe(0)
  await page.getByRole('heading', { name: 'A long talk' }).waitFor()
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toMatch(/light/)
  await leave()
})

test.each([
  ['on a desk', DESK],
  ['on a phone', PHONE],
])('%s what stands in for a chat that is loading has its shape', async (_where, viewport) => {
  const { page, email, leave } = await newcomer({ viewport })
  const id = await talk(email, { reply: 'Then **this**.' })
  const boxOf = (of: string) => page.locator(of).boundingBox()
  const [code, words] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await page.route('**/assets/ChatPage-*.js', async (route) => {
    await code.promise
    await route.continue()
  })
  await page.route(`**/${id}/messages`, async (route) => {
    await words.promise
    await route.continue()
  })
  await page.goto(`/chat/${id}`)
  await page.getByText('Loading', { exact: true }).waitFor({ state: 'attached' })
  const composer = await boxOf('[aria-busy] .rounded-3xl')
  const bubble = await page.locator('[aria-busy] .rounded-2xl').first().boundingBox()
  code.resolve()
  await page.getByText('Loading the conversation').waitFor({ state: 'attached' })
  expect(await boxOf('main form')).toEqual(composer)
  expect(await page.locator('[aria-busy] .rounded-2xl').first().boundingBox()).toEqual(bubble)
  words.resolve()
  await turns(page).last().getByText('Then this.').waitFor()
  const said = await turns(page).first().getByText('And then?').boundingBox()
  expect(bubble?.height).toBe(said?.height)
  expect(await boxOf('main form')).toEqual(composer)
  await leave()
})

test.each([
  ['on a desk', DESK],
  ['on a phone', PHONE],
])('%s what stands in for an empty chat has its shape, too', async (_where, viewport) => {
  const { page, leave } = await newcomer({ viewport })
  const code = Promise.withResolvers<void>()
  await page.route('**/assets/ChatPage-*.js', async (route) => {
    await code.promise
    await route.continue()
  })
  await page.goto('/chat')
  await page.getByText('Loading', { exact: true }).waitFor({ state: 'attached' })
  const waves = page.locator('main svg[viewBox="0 0 960 96"]')
  const [picture, field] = [await waves.boundingBox(), page.locator('[aria-busy] .rounded-3xl')]
  const composer = await field.boundingBox()
  code.resolve()
  await page.getByRole('button', { name: 'Make a plan' }).waitFor()
  expect(await waves.boundingBox()).toEqual(picture)
  expect(await page.locator('main form').boundingBox()).toEqual(composer)
  await leave()
})
