/** A world for the chat page's logic: its clock, its server and its storage, all moved by hand. */
import { createApi } from '../../web/src/api/client.ts'
import { Chat } from '../../web/src/conversations/chat.ts'
import type { DraftStorage } from '../../web/src/conversations/drafts.ts'
import type { Thread } from '../../web/src/conversations/thread.ts'
import { fakeClock, settled } from './fake-clock.ts'

export { settled }

export const ADA = 'user_ada'
export const CONVERSATION = '0190a000-0000-7000-8000-00000000000a'
export const NOON = Date.parse('2026-05-05T12:00:00Z')
export const MIDNIGHT = '2026-05-06T00:00:00.000Z'

export interface Request {
  method: string
  /** With its search. */
  path: string
  authorization: string | null
  body: unknown
  aborted: boolean
  answer(status: number, body: unknown, headers?: Record<string, string>): Promise<void>
  fail(): Promise<void>
  /** Answers with a stream that stays open. */
  stream(): Promise<ScriptedStream>
}

export interface ScriptedStream {
  event(name: string, data: unknown): Promise<void>
  bytes(bytes: Uint8Array): Promise<void>
  end(): Promise<void>
  /** As when the network goes away. */
  break(): Promise<void>
}

export function world({ storage = fakeStorage(), userId = ADA } = {}) {
  const clock = fakeClock(NOON)
  const requests: Request[] = []
  const announced: string[] = []
  const deletions: string[] = []
  const tokens: { skipCache: boolean }[] = []
  let ids = 0
  const chat = new Chat(userId, {
    api: createApi('http://page.test', fakeFetch(requests)),
    async getToken(options) {
      tokens.push(options)
      return options.skipCache ? 'fresh-token' : 'token'
    },
    now: () => clock.now,
    after: clock.after,
    uuid: () => {
      ids += 1
      return `uuid-${ids}`
    },
    deleted: () => deletions.push(userId),
    storage,
    announce: (id) => announced.push(id),
  })
  const sent = (method: string, path: string | RegExp) =>
    requests.filter((request) => request.method === method && matches(request.path, path))
  return {
    chat,
    clock,
    requests,
    storage,
    announced,
    deletions,
    tokens,
    sent,
    /** The latest such request. */
    request(method: string, path: string | RegExp): Request {
      const found = sent(method, path).at(-1)
      if (!found)
        throw new Error(`no ${method} ${path} among ${requests.map((r) => `${r.method} ${r.path}`)}`)
      return found
    },
  }
}

export type World = ReturnType<typeof world>

const matches = (path: string, wanted: string | RegExp) =>
  typeof wanted === 'string' ? path.split('?')[0] === wanted : wanted.test(path)

export const MESSAGES = `/api/conversations/${CONVERSATION}/messages`

/** A thread that has been opened, and is being read. */
export function showThread(it: World) {
  const thread = it.chat.thread(CONVERSATION)
  it.chat.show(thread)
  it.chat.start()
  return thread
}

/** A thread that has been opened and read. */
export async function openThread(it: World, messages: unknown[] = [], nextCursor: string | null = null) {
  const thread = showThread(it)
  await settled()
  await it.request('GET', `/api/conversations/${CONVERSATION}`).answer(200, { conversation: conversation() })
  await it.request('GET', MESSAGES).answer(200, { messages, nextCursor })
  return thread
}

/** A message that has been sent and whose stream is open. */
export async function sendMessage(it: World, thread: Thread, content = 'Hello') {
  thread.send(content)
  await settled()
  const request = it.request('POST', MESSAGES)
  return { request, stream: await request.stream(), id: idOf(request) }
}

/** A message that has been sent and is stored; its reply is yet to come. */
export async function sendAccepted(it: World, thread: Thread, content = 'Hello') {
  const sent = await sendMessage(it, thread, content)
  await sent.stream.event('message', accepted(sent.id, content))
  return sent
}

/** What the stream begins with. */
export const accepted = (id: string, content = 'Hello') => ({
  message: question(id, content),
  quota: quota(9),
  conversation: conversation(),
})

export const idOf = (request: Request): string => {
  const { body } = request
  return typeof body === 'object' && body !== null && 'id' in body ? String(body.id) : ''
}

/** The answers of a thread, shortest form: status and text. */
export const answers = (thread: Thread) =>
  thread.state.turns.map(({ answer }) => `${answer.status}: ${'text' in answer ? answer.text : ''}`)

export const conversation = (overrides: Record<string, unknown> = {}) => ({
  id: CONVERSATION,
  title: 'On engines',
  createdAt: '2026-05-05T11:00:00.000Z',
  updatedAt: '2026-05-05T11:00:00.000Z',
  ...overrides,
})

export const question = (id: string, content: string) => ({
  id,
  conversationId: CONVERSATION,
  role: 'user',
  content,
  createdAt: '2026-05-05T11:00:00.000Z',
})

export const reply = (replyTo: string, content: string, status = 'complete') => ({
  id: `reply-to-${replyTo}`,
  conversationId: CONVERSATION,
  role: 'assistant',
  content,
  createdAt: '2026-05-05T11:00:01.000Z',
  replyTo,
  status,
  usage: null,
})

export const quota = (remaining: number, limit = 10) => ({
  limit,
  used: limit - remaining,
  remaining,
  resetAt: MIDNIGHT,
})

export const account = (remaining: number, tier = 'FREE', limit = 10) => ({
  user: {
    id: ADA,
    email: null,
    firstName: null,
    lastName: null,
    imageUrl: null,
    tier,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
  },
  quota: quota(remaining, limit),
})

export const problem = (status: number, code: string) => ({
  title: `The title of ${code}`,
  status,
  code,
  requestId: 'req-1',
})

export function fakeStorage(): DraftStorage {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    key: (index) => [...items.keys()][index] ?? null,
    get length() {
      return items.size
    },
  }
}

function fakeFetch(requests: Request[]): typeof fetch {
  return (input, init) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const url = new URL(String(input))
    const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null
    const request: Request = {
      method: init?.method ?? 'GET',
      path: url.pathname + url.search,
      authorization: new Headers(init?.headers).get('Authorization'),
      body,
      aborted: false,
      async answer(status, answer, headers = {}) {
        resolve(status === 204 ? new Response(null, { status }) : Response.json(answer, { status, headers }))
        await settled()
      },
      async fail() {
        reject(new TypeError('Failed to fetch'))
        await settled()
      },
      async stream() {
        const scripted = scriptedStream()
        resolve(new Response(scripted.readable, { headers: { 'Content-Type': 'text/event-stream' } }))
        await settled()
        return scripted
      },
    }
    init?.signal?.addEventListener('abort', () => {
      request.aborted = true
    })
    requests.push(request)
    return promise
  }
}

function scriptedStream(): ScriptedStream & { readable: ReadableStream<Uint8Array<ArrayBuffer>> } {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>(
    {},
    {},
    { highWaterMark: 100 },
  )
  const writer = writable.getWriter()
  const bytes = async (chunk: Uint8Array) => {
    // To a reader that has gone nothing can be written.
    writer.write(new Uint8Array(chunk)).catch(() => {})
    await settled()
  }
  return {
    readable,
    bytes,
    event: (name, data) =>
      bytes(new TextEncoder().encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)),
    async end() {
      writer.close().catch(() => {})
      await settled()
    },
    async break() {
      writer.abort(new TypeError('network error')).catch(() => {})
      await settled()
    },
  }
}
