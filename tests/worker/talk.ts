/** Users who talk to the assistant, and what they hear. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createParser } from 'eventsource-parser'
import { expect } from 'vitest'
import worker from '../../worker/index.ts'
import { type Answer, callAs, control, ORIGIN, sql } from './support.ts'
import { tokenFor } from './tokens.ts'

let count = 0

/** A user as the first sync leaves them. @returns their id. */
export async function newUser(tier = 'FREE'): Promise<string> {
  count += 1
  const id = `user_Talk${Date.now()}x${count}`
  await sql(`insert into sync_state (user_id, version, source) values ($1, 1, 'login')`, [id])
  await sql(`insert into users (id, email, tier, created_at, updated_at) values ($1, $2, $3, now(), now())`, [
    id,
    `${id.toLowerCase()}@example.com`,
    tier,
  ])
  return id
}

type Told = { conversation: { id: string; title: string | null; createdAt: string; updatedAt: string } }

/** @returns its id. */
export async function newConversation(user: string, title?: string): Promise<string> {
  const { status, body } = await callAs(user, '/api/conversations', { json: { ...(title && { title }) } })
  expect(status).toBe(201)
  return (body as Told).conversation.id
}

export type Event = { event: string | undefined; data: Record<string, unknown> }

/** The events of an answer; each is JSON and has a name. */
export function eventsOf(text: string): Event[] {
  const events: Event[] = []
  const parser = createParser({
    onEvent: ({ event, data }) => events.push({ event, data: JSON.parse(data) }),
    onError: (error) => {
      throw error
    },
  })
  parser.feed(text)
  return events
}

export const messagesPath = (conversation: string) => `/api/conversations/${conversation}/messages`

type Said = Answer & { events: Event[]; names: (string | undefined)[]; heard: string }

/** Sends a message and listens to the end. */
export async function say(
  user: string,
  conversation: string,
  content = 'Good morning!',
  {
    id = crypto.randomUUID() as string,
    bindings = {},
  }: { id?: string; bindings?: Record<string, unknown> } = {},
): Promise<Said> {
  const answer = await callAs(user, messagesPath(conversation), { json: { id, content }, bindings })
  const events = answer.status === 200 ? eventsOf(answer.text) : []
  const deltas = events.filter(({ event }) => event === 'delta')
  return {
    ...answer,
    events,
    names: events
      .map(({ event }) => event)
      .filter((name, at, all) => name !== 'delta' || all[at - 1] !== 'delta'),
    heard: deltas.map(({ data }) => data.text).join(''),
  }
}

type Open = { status: number; headers: Headers; text: string }

/**
 * The same for many at once: who looks at the log must be alone with it, so here nobody does.
 * @param listen Reads the answer for as long as it wants to.
 */
export async function sayAtOnce(
  user: string,
  conversation: string,
  {
    id = crypto.randomUUID() as string,
    content = 'Good morning!',
    listen = (response: Response) => response.text(),
  } = {},
): Promise<Open> {
  const context = createExecutionContext()
  const request = new Request(new URL(messagesPath(conversation), ORIGIN), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await tokenFor(user)}` },
    body: JSON.stringify({ id, content }),
  })
  const response = await worker.fetch(request, env, context)
  const text = await listen(response)
  await waitOnExecutionContext(context)
  return { status: response.status, headers: response.headers, text }
}

/** Listens until so many events have come and the model has been asked, and goes away. */
export const leaveAfter = (events: number) => async (response: Response) => {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (eventsOf(text).length < events) text += (await reader?.read())?.value ?? ''
  while ((await questions()).length === 0) await scheduler.wait(10)
  await reader?.cancel()
  return text
}

/** Its answer is long enough to leave in the middle of it. */
export const STORY = 'Tell me a long story'

/** What the model answers with from now on. */
export const scriptReply = (text: string, more: Record<string, unknown> = {}) =>
  control('TEST_ASSISTANT', 'reply', 'PUT', { text, ...more })

export const setPace = (firstMs: number, chunkMs: number) =>
  control('TEST_ASSISTANT', 'pace', 'PUT', { firstMs, chunkMs })

type Asked = {
  headers: Record<string, string>
  body: { messages: { role: string; content: string }[] }
  aborted?: boolean
}

/** What the model has been asked. */
export async function questions(): Promise<Asked[]> {
  return (await control('TEST_ASSISTANT', 'requests')).json()
}

/** What is held of a user's messages, in their order. */
export const heldMessages = (user: string) =>
  sql(
    `select id, role, content, status, reply_to, attempt, window_start is not null as counts, prompt_tokens, completion_tokens
     from messages where user_id = $1 order by position`,
    [user],
  )

export async function counted(user: string): Promise<unknown> {
  const [row] = await sql('select message_count from rate_limits where user_id = $1', [user])
  return row?.message_count ?? 0
}
