/**
 * `npm run bench -- messages`: what a person waits for who has sent a message: the first word, against its floor, one bare request to the database and
 * the model's own time, taken in turns in one run. The database is 30 ms away.
 */
import * as z from 'zod/mini'
import { ClerkPage } from '../tests/support/clerk-page.ts'
import { startStack } from '../tests/support/stack.ts'
import { control, quantile, tableRow, time } from './figures.ts'
import { askHealth, post, select, subjectOf, whole } from './stack.ts'

/** A Worker and a database of one continent. */
const DATABASE_DELAY_MS = 30

/** A model that answers at once shows what all the rest costs; hosted ones think for a third of a second and more. */
const MODEL_DELAYS_MS = [0, 300]

const ROUNDS = Number(process.argv[2] ?? 100)
const WARM_UP = 20

const begunSchema = z.object({ conversation: z.object({ id: z.string() }) })

const stack = await startStack()
try {
  const page = new ClerkPage(stack.clerk, stack.app)
  await page.signIn('ada@example.com', 'analytical-engine')
  const path = `/api/conversations/${await prepare(page)}/messages`
  await control(stack.neon, 'faults', 'POST', { act: { kind: 'delay', ms: DATABASE_DELAY_MS } })
  await control(stack.assistant, 'pace', 'PUT', { firstMs: 0, chunkMs: 0 })
  await control(stack.assistant, 'reply', 'PUT', { text: 'Forty-two.' })
  console.log(`${ROUNDS} rounds, the database ${DATABASE_DELAY_MS} ms away`)
  for (const delay of MODEL_DELAYS_MS) {
    if (delay > 0) await control(stack.assistant, 'faults', 'POST', { act: { kind: 'delay', ms: delay } })
    report(delay, await measure(page, path))
  }
} finally {
  await stack.stop()
}

/** Ada as a user of ours, with room for a day's messages. @returns a conversation of hers. */
async function prepare(page: ClerkPage): Promise<string> {
  const token = await page.token()
  const userId = subjectOf(token)
  await post(stack, '/api/user/sync', token, { userId }).then(whole)
  await select(stack, `update users set tier = 'MAXX' where id = '${userId}'`)
  const begun = await post(stack, '/api/conversations', token, {}).then(whole)
  return begunSchema.parse(JSON.parse(begun)).conversation.id
}

type Series = {
  database: number[]
  floor: number[]
  health: number[]
  message: number[]
  delta: number[]
  done: number[]
}

async function measure(page: ClerkPage, path: string): Promise<Series> {
  const series: Series = { database: [], floor: [], health: [], message: [], delta: [], done: [] }
  let token = ''
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    // Tokens live for a minute.
    if (round % 40 === 0) token = await page.token()
    const database = await time(() => select(stack, 'select 1'))
    const { '"content":"F': model = Number.NaN } = await moments(askModel(), ['"content":"F'])
    const health = await time(() => askHealth(stack))
    const names = ['event: message', 'event: delta', 'event: done'] as const
    const answer = await moments(
      post(stack, path, token, { id: crypto.randomUUID(), content: 'What is it?' }),
      names,
    )
    if (round < WARM_UP) continue
    const [message = Number.NaN, delta = Number.NaN, done = Number.NaN] = names.map((name) => answer[name])
    series.database.push(database)
    series.floor.push(database + model)
    series.health.push(health)
    series.message.push(message)
    series.delta.push(delta)
    series.done.push(done)
  }
  return series
}

/** When each of some words was first seen in an answer, in milliseconds from now. Listens to the end. */
async function moments(asked: Promise<Response>, words: readonly string[]): Promise<Record<string, number>> {
  const started = performance.now()
  const seen: Record<string, number> = {}
  let text = ''
  for await (const piece of (await asked).body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece
    for (const word of words)
      if (!(word in seen) && text.includes(word)) seen[word] = performance.now() - started
  }
  if (words.some((word) => !(word in seen))) throw new Error(`expected ${words.join(', ')}: ${text}`)
  return seen
}

function askModel(): Promise<Response> {
  const messages = [{ role: 'user', content: 'What is it?' }]
  return fetch(`${stack.assistant}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'any', stream: true, messages }),
  })
}

function report(delay: number, { database, floor, health, message, delta, done }: Series) {
  const wrangler = quantile(health, 0.5) - quantile(database, 0.5)
  const base = quantile(floor, 0.5)
  const row = (name: string, ms: number[], times: number) =>
    console.log(
      tableRow([name, quantile(ms, 0.5).toFixed(1), quantile(ms, 0.95).toFixed(1), times.toFixed(2)]),
    )
  console.log(`\nthe model thinks for ${delay} ms: p50, p95, times the floor`)
  row('floor: one bare request to the database, and the model asked directly', floor, 1)
  row('the first word (`delta`)', delta, quantile(delta, 0.5) / base)
  row(
    'the same without what `wrangler dev` costs',
    delta.map((ms) => ms - wrangler),
    (quantile(delta, 0.5) - wrangler) / base,
  )
  row('the message taken (`message`)', message, quantile(message, 0.5) / base)
  row('all of it, settled (`done`)', done, quantile(done, 0.5) / base)
  row('one bare request to the database', database, quantile(database, 0.5) / base)
  row('the same through `wrangler dev` and the Worker', health, quantile(health, 0.5) / base)
}
