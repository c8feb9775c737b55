/** The AI stand-in held to OpenAI's own client: what it streams, what it says, and each way in which it can misbehave. */
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  AuthenticationError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type AssistantStandIn, AT_ONCE, startAssistant } from '../../dev/assistant/index.ts'
import { Model } from '../../dev/assistant/model.ts'
import type { FaultInput, SeenRequest } from '../../dev/faults.ts'
import { ASSISTANT_KEY, ASSISTANT_MODEL } from '../../dev/settings.ts'
import { eventually } from './neon.ts'

let assistant: AssistantStandIn
let client: OpenAI
beforeAll(async () => {
  assistant = await startAssistant({ port: 0, pace: AT_ONCE })
  client = new OpenAI({ baseURL: assistant.url, apiKey: ASSISTANT_KEY, maxRetries: 0 })
})
afterEach(() => {
  assistant.faults.clear()
  assistant.faults.requests = []
})
afterAll(() => assistant.stop())

type Asked = { system?: string; signal?: AbortSignal; from?: OpenAI; earlier?: string[] }

const ask = (content: string, { system, signal, from = client, earlier = [] }: Asked = {}) =>
  from.chat.completions.create(
    {
      model: ASSISTANT_MODEL,
      messages: [
        ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
        ...[...earlier, content].map((said) => ({ role: 'user' as const, content: said })),
      ],
      stream: true,
      stream_options: { include_usage: true },
    },
    { signal },
  )

type Stream = Awaited<ReturnType<typeof ask>>

async function read(stream: Stream) {
  const [deltas, finishes, usages]: [string[], string[], unknown[]] = [[], [], []]
  for await (const { choices, usage } of stream) {
    if (choices[0]?.delta.content) deltas.push(choices[0].delta.content)
    if (choices[0]?.finish_reason) finishes.push(choices[0].finish_reason)
    if (usage) usages.push({ choices, usage })
  }
  return { text: deltas.join(''), deltas, finishes, usages }
}

const reply = async (content: string, asked?: Asked) => read(await ask(content, asked))
const words = (text: string) => text.split(/\s+/).length
const arm = (act: FaultInput['act']) => assistant.faults.arm({ act, times: 1 })

const control = (path: string, method: string, body?: unknown) =>
  fetch(new URL(`/_control/${path}`, assistant.url), {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })

// --- The wire -------------------------------------------------------------------------------------------------------

test('a reply comes in many pieces, with one reason to end and then its usage', async () => {
  const { text, deltas, finishes, usages } = await reply('Hello there')
  expect(deltas.length).toBeGreaterThan(50)
  expect(text).toContain('Hello there')
  expect(finishes).toEqual(['stop'])
  expect(usages).toHaveLength(1)
  const [{ choices, usage }] = usages as [{ choices: unknown[]; usage: OpenAI.CompletionUsage }]
  expect(choices).toEqual([])
  // An English word is about four thirds of a token, and marks count as well.
  expect(usage.completion_tokens).toBeGreaterThan(words(text))
  expect(usage.completion_tokens).toBeLessThan(words(text) * 3)
  expect(usage.prompt_tokens).toBeGreaterThan(0)
  expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens)
})

test('usage is sent only to those who ask for it', async () => {
  const stream = await client.chat.completions.create({
    model: ASSISTANT_MODEL,
    messages: [{ role: 'user', content: 'repeat: quiet' }],
    stream: true,
  })
  expect(await read(stream)).toMatchObject({ text: 'quiet', usages: [] })
})

test('without stream the reply comes whole', async () => {
  const { choices, usage } = await client.chat.completions.create({
    model: ASSISTANT_MODEL,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'repeat: all at once' }] }],
  })
  expect(choices[0]).toMatchObject({ message: { content: 'all at once' }, finish_reason: 'stop' })
  expect(usage?.completion_tokens).toBeGreaterThan(0)
})

test('a character is never torn apart between two pieces', async () => {
  const said = '👩🏽‍🚀🦜 naïve — 日本語のテキスト、とても長い文です 🏴󠁧󠁢󠁳󠁣󠁴󠁿\n\n  indented\tand   spaced  '
  const { text, deltas } = await reply(`repeat: ${said}`)
  expect(text).toBe(said.trim())
  for (const delta of deltas) expect(delta.isWellFormed()).toBe(true)
})

test('a key that is none is refused, no key at all is served', async () => {
  const stranger = new OpenAI({ baseURL: assistant.url, apiKey: 'sk-other', maxRetries: 0 })
  await expect(ask('hello', { from: stranger })).rejects.toThrow(AuthenticationError)
  const answer = await fetch(`${assistant.url}/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ model: 'any', messages: [{ role: 'user', content: 'repeat: hi' }] }),
  })
  expect(await answer.json()).toMatchObject({ model: 'any', choices: [{ message: { content: 'hi' } }] })
})

test('a reply that waits to be read is there when it is', async () => {
  const model = new Model(AT_ONCE)
  await model.start()
  const question = {
    model: ASSISTANT_MODEL,
    stream: true,
    messages: [{ role: 'user', content: 'repeat: so' }],
  }
  const answer = await model.answer(question, new AbortController().signal)
  await collectGarbage()
  expect(await answer.text()).toMatch(/"so"[\s\S]*\[DONE\]/)
  await model.stop()
})

/** All of it, and whatever waits for that has run. */
async function collectGarbage() {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new TypeError('this engine does not lend its collector')
  for (let round = 0; round < 5; round += 1) {
    collect()
    await setImmediate()
  }
}

test('no web page can read it, and nothing else is served', async () => {
  const answer = await fetch(`${assistant.url}/chat/completions`, {
    method: 'OPTIONS',
    headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
  })
  expect(answer.status).toBe(404)
  const posted = await fetch(`${assistant.url}/chat/completions`, {
    method: 'POST',
    headers: { Origin: 'https://evil.example', 'Content-Type': 'text/plain' },
    body: '{"model":"any","messages":[]}',
  })
  expect(posted.status).toBe(400)
  for (const { headers } of [answer, posted, await ask('hello').asResponse()])
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  await expect(client.models.list()).rejects.toThrow(NotFoundError)
})

// --- What it says ---------------------------------------------------------------------------------------------------

test('the first reply shows all that a page must be able to show', async () => {
  const { text } = await reply('Hi!')
  for (const mark of [/^# /m, /^- /m, /^1\. /m, /\*\*\w/, /\[[^\]]+\]\(https:/, /^\| --- \|/m, /`repeat: `/])
    expect(text).toMatch(mark)
  expect((await reply('And now?', { earlier: ['Hi!'] })).text).not.toBe(text)
})

test('asked for code it writes code in several languages', async () => {
  const { text } = await reply('Show me some TypeScript code, please')
  expect(text.match(/^```\w+$/gm)).toEqual(expect.arrayContaining(['```ts', '```sql', '```sh']))
  expect(text.match(/^```/gm)?.length).toBe(4 * 2)
})

test('asked for something long it tells a story of more than 1,500 words', async () => {
  const { text, deltas } = await reply('Tell me a long story')
  expect(words(text)).toBeGreaterThan(1_500)
  expect(deltas.length).toBeGreaterThan(500)
})

test('tier and quota are read out of the system prompt', async () => {
  const system = 'You are SwarAI.\nTier: PRO\nMessages left today: 7 of 100\nBe brief.'
  const { text } = await reply('How many messages do I have left?', { system })
  expect(text).toContain('**PRO**')
  expect(text).toContain('**7 of 100**')
  expect((await reply('Which tier am I on?', { system: 'Tier: FREE' })).text).toContain('**FREE**')
  expect((await reply('Which tier am I on?')).text).toContain('not been told')
})

// --- Its switches ---------------------------------------------------------------------------------------------------

test('what it says, its usage and its end can be laid down', async () => {
  const usage = { prompt_tokens: 11, completion_tokens: 22 }
  await control('reply', 'PUT', { text: 'Just so.', usage, finishReason: 'length' })
  expect(await reply('hello')).toMatchObject({
    text: 'Just so.',
    finishes: ['length'],
    usages: [{ usage: { ...usage, total_tokens: 33 } }],
  })
  await control('reply', 'PUT', { text: '', usage: null })
  expect(await reply('hello')).toEqual({ text: '', deltas: [], finishes: ['stop'], usages: [] })
  await control('faults', 'DELETE')
  expect((await reply('hello')).text).toContain('hello')
  expect((await control('reply', 'PUT', { txt: 'typo' })).status).toBe(422)
})

test('the words come as slowly as they are told to, until the switches are cleared', async () => {
  await control('pace', 'PUT', { firstMs: 600_000, chunkMs: 600_000 })
  const slow = new AbortController()
  const never = reply('repeat: one two three four', { signal: slow.signal })
  const pause = new Promise((resolve) => setTimeout(resolve, 300, 'nothing yet'))
  expect(await Promise.race([never, pause])).toBe('nothing yet')
  slow.abort()
  await never.catch(() => undefined)
  await control('faults', 'DELETE')
  expect((await reply('repeat: at once')).text).toBe('at once')
})

const OVERLOADED = { kind: 'respond', status: 429, headers: { 'Retry-After': '7' } } as const

test('429 is a rate limit with the time to wait', async () => {
  arm(OVERLOADED)
  const error: unknown = await ask('hello').catch((reason) => reason)
  expect(error).toBeInstanceOf(RateLimitError)
  expect(error instanceof RateLimitError && error.headers?.get('Retry-After')).toBe('7')
})

test('500 is the server’s error, a reset connection is none of its answers', async () => {
  arm({ kind: 'respond', status: 500 })
  await expect(ask('hello')).rejects.toThrow(InternalServerError)
  arm({ kind: 'reset' })
  await expect(ask('hello')).rejects.toThrow(APIConnectionError)
  expect((await reply('repeat: well again')).text).toBe('well again')
})

test('a page of HTML in the place of a stream has no words in it', async () => {
  const headers = { 'Content-Type': 'text/html' }
  arm({ kind: 'respond', status: 200, body: '<!doctype html>\n<title>Sign in</title>', headers })
  expect((await reply('hello')).text).toBe('')
})

test('silence before the first byte is ended by the caller, and seen', async () => {
  arm({ kind: 'hang' })
  const impatient = new OpenAI({ baseURL: assistant.url, apiKey: ASSISTANT_KEY, maxRetries: 0, timeout: 200 })
  await expect(ask('hello', { from: impatient })).rejects.toThrow(APIConnectionTimeoutError)
  await eventually(async () => assistant.faults.requests[0]?.aborted === true)
})

const ONE_TO_NINE =
  'repeat: longword1 longword2 longword3 longword4 longword5 longword6 longword7 longword8 longword9'
/** The first event names the role, so that four carry three pieces. */
const THREE_PIECES = 'longword1 longword2 longword3 '

/** What breaks off after so many events, and how the client is told. */
const BREAKS: [FaultInput['act'], unknown][] = [
  [{ kind: 'cut-answer', events: 4 }, /terminated|Premature|Connection/],
  [{ kind: 'garble-answer', events: 4 }, SyntaxError],
]

test.each(BREAKS)('$kind breaks the reply after its first pieces', async (act, failure) => {
  arm(act)
  const heard: string[] = []
  const listening = async () => {
    for await (const { choices } of await ask(ONE_TO_NINE)) heard.push(choices[0]?.delta.content ?? '')
  }
  await expect(listening()).rejects.toThrow(failure as RegExp)
  expect(heard.join('')).toBe(THREE_PIECES)
  expect(assistant.faults.requests[0]?.aborted).toBe(false)
})

test('a truncated reply ends early without a word about it', async () => {
  arm({ kind: 'truncate-answer', events: 4 })
  expect(await reply(ONE_TO_NINE)).toMatchObject({ text: THREE_PIECES, finishes: [], usages: [] })
})

test('a stalled reply stays silent after its first pieces, until the client leaves, which is seen', async () => {
  arm({ kind: 'stall-answer', events: 4 })
  const leaving = new AbortController()
  let heard = ''
  const listening = async () => {
    for await (const { choices } of await ask(ONE_TO_NINE, { signal: leaving.signal })) {
      heard += choices[0]?.delta.content ?? ''
      if (heard === THREE_PIECES) leaving.abort()
    }
  }
  await listening()
  expect(heard).toBe(THREE_PIECES)
  await eventually(async () => assistant.faults.requests[0]?.aborted === true)
})

test('a client that leaves in the middle is seen to have gone, one that stays to have stayed', async () => {
  await control('pace', 'PUT', { firstMs: 0, chunkMs: 20 })
  const leaving = new AbortController()
  for await (const { choices } of await ask('a long story', { signal: leaving.signal }))
    if (choices[0]?.delta.content) leaving.abort()
  await eventually(async () => assistant.faults.requests[0]?.aborted === true)

  await control('requests', 'DELETE')
  await reply('repeat: to the end')
  const seen: SeenRequest[] = await (await control('requests', 'GET')).json()
  expect(seen).toMatchObject([
    {
      method: 'POST',
      path: '/v1/chat/completions',
      aborted: false,
      headers: { authorization: `Bearer ${ASSISTANT_KEY}` },
      body: { model: ASSISTANT_MODEL, messages: [{ role: 'user', content: 'repeat: to the end' }] },
    },
  ])
})
