/**
 * The Big List of Naughty Strings as everything that a person may type: kept byte for byte, or refused with what is wrong,
 * and nothing else.
 * @see https://github.com/minimaxir/big-list-of-naughty-strings
 */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import worker from '../../worker/index.ts'
import { event, signed } from './deliveries.ts'
import { emptyDatabase, ORIGIN, resetStandIns, sql } from './support.ts'
import { eventsOf, newUser, questions, sayAtOnce } from './talk.ts'
import { tokenFor } from './tokens.ts'

/** Under way at any moment. */
const AT_ONCE = 12

const naughty: string[] = JSON.parse(env.TEST_NAUGHTY_STRINGS)

/** Some of the list is nothing at all: no title and no message. */
const said = naughty.filter((string) => string.trim() !== '')
const blank = naughty.filter((string) => string.trim() === '')

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
})

type Answered = { status: number; body: unknown; text: string }

async function ask(request: Request): Promise<Answered> {
  const response = await worker.fetch(request, { ...env }, createExecutionContext())
  const text = await response.text()
  return {
    status: response.status,
    text,
    body: /json/.test(response.headers.get('Content-Type') ?? '') && JSON.parse(text),
  }
}

async function askAs(user: string, method: string, path: string, json?: unknown): Promise<Answered> {
  const headers = { Authorization: `Bearer ${await tokenFor(user)}`, 'Content-Type': 'application/json' }
  return ask(
    new Request(`${ORIGIN}${path}`, {
      method,
      headers,
      ...(json !== undefined && { body: JSON.stringify(json) }),
    }),
  )
}

/** Each of them, a few at once. */
async function each(strings: string[], meet: (string: string, nth: number) => Promise<void>) {
  const queue = [...strings.entries()]
  const courier = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await meet(next[1], next[0])
  }
  await Promise.all(Array.from({ length: AT_ONCE }, courier))
}

const isRefused = ({ status, body }: Answered, path: string) => {
  expect(status).toBe(422)
  expect(body).toMatchObject({ code: 'invalid', errors: [{ path, message: expect.any(String) }] })
}

test('the list is there, with its blanks', () => {
  expect(said.length).toBeGreaterThan(400)
  expect(blank.length).toBeGreaterThan(0)
})

test('a title is kept and found by itself, or refused', async () => {
  const user = await newUser('MAXX')
  const id = crypto.randomUUID()
  await askAs(user, 'POST', '/api/conversations', { id })
  const path = `/api/conversations/${id}`
  const tooLong = said.filter(({ length }) => length > 200)
  // One after the other, because each takes the place of the one before.
  for (const title of said.filter(({ length }) => length <= 200)) {
    expect(await askAs(user, 'PATCH', path, { title })).toMatchObject({
      status: 200,
      body: { conversation: { title } },
    })
    const { body } = await askAs(user, 'GET', `/api/conversations?query=${encodeURIComponent(title)}`)
    expect(body, title).toMatchObject({ conversations: [{ id, title }] })
  }
  for (const title of [...blank, ...tooLong]) isRefused(await askAs(user, 'PATCH', path, { title }), 'title')
  for (const query of tooLong)
    isRefused(await askAs(user, 'GET', `/api/conversations?query=${encodeURIComponent(query)}`), 'query')
}, 60_000)

test('a message is kept, told to the model and names its conversation, or is refused', async () => {
  const user = await newUser('MAXX')
  await each(said, async (content) => {
    const conversation = crypto.randomUUID()
    await askAs(user, 'POST', '/api/conversations', { id: conversation })
    const { status, text } = await sayAtOnce(user, conversation, { content })
    expect(status).toBe(200)
    const events = eventsOf(text)
    expect(events[0]?.data).toMatchObject({
      message: { content },
      conversation: { title: expect.stringMatching(/\S/) },
    })
    expect(events.at(-1)).toMatchObject({ event: 'done' })
  })
  const rows = await sql(`select content from messages where role = 'user'`)
  expect(rows.map(({ content }) => content).sort()).toEqual([...said].sort())
  const told = (await questions()).map(({ body }) => body.messages.at(-1)?.content)
  expect(told.sort()).toEqual([...said].sort())
  const conversation = crypto.randomUUID()
  await askAs(user, 'POST', '/api/conversations', { id: conversation })
  for (const content of blank) {
    const path = `/api/conversations/${conversation}/messages`
    isRefused(await askAs(user, 'POST', path, { id: crypto.randomUUID(), content }), 'content')
  }
}, 120_000)

test('a name is kept; none is none', async () => {
  await each(naughty, async (name, nth) => {
    const webhook = event('user.created', {
      id: `user_Naughty${nth}`,
      first_name: name,
      last_name: name,
      image_url: null,
      primary_email_address_id: null,
      email_addresses: [],
      banned: false,
      created_at: 1,
      updated_at: 1,
    })
    const request = new Request(`${ORIGIN}/api/webhooks/clerk`, {
      method: 'POST',
      headers: signed(webhook),
      body: webhook,
    })
    expect(await ask(request)).toMatchObject({ status: 200, body: { outcome: 'created' } })
    const { body } = await askAs(`user_Naughty${nth}`, 'GET', '/api/user')
    const kept = name.slice(0, 512) || null
    expect(body).toMatchObject({ user: { firstName: kept, lastName: kept } })
  })
}, 60_000)
