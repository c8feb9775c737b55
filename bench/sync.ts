/**
 * `npm run bench -- sync`: what a returning user waits for: the login's sync against its floor, one bare request to the database, taken in turns in
 * one run, with a database that is 30 ms away.
 */
import * as z from 'zod/mini'
import { ClerkPage } from '../tests/support/clerk-page.ts'
import { startStack } from '../tests/support/stack.ts'
import { control, quantile, time } from './figures.ts'
import { askHealth, post, select, subjectOf, whole } from './stack.ts'

/** A Worker and a database of one continent. */
const DATABASE_DELAY_MS = 30
const ROUNDS = 300
const WARM_UP = 30

const answerSchema = z.object({ outcome: z.string(), user: z.object({ updatedAt: z.string() }) })

const stack = await startStack()
try {
  const page = new ClerkPage(stack.clerk, stack.app)
  await page.signIn('ada@example.com', 'analytical-engine')
  const { updatedAt } = await sync(await page.token())
  await control(stack.neon, 'faults', 'POST', { act: { kind: 'delay', ms: DATABASE_DELAY_MS } })

  const floor: number[] = []
  const health: number[] = []
  const login: number[] = []
  let token = await page.token()
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    // Tokens live for a minute.
    if (round % 100 === 0) token = await page.token()
    const bare = await time(() => select(stack, 'select 1'))
    const through = await time(() => askHealth(stack))
    const whole = await time(() => sync(token, updatedAt))
    if (round >= WARM_UP) {
      floor.push(bare)
      health.push(through)
      login.push(whole)
    }
  }
  report({
    'floor: one bare request to the database': floor,
    'the same through `wrangler dev` and the Worker': health,
    'login, nothing changed': login,
  })
} finally {
  await stack.stop()
}

async function sync(token: string, updatedAt?: string) {
  const answer = await post(stack, '/api/user/sync', token, { userId: subjectOf(token), updatedAt })
  const { outcome, user } = answerSchema.parse(JSON.parse(await whole(answer)))
  if (updatedAt && outcome !== 'unchanged') throw new Error(`expected unchanged, got ${outcome}`)
  return user
}

function report(series: Record<string, number[]>) {
  const [base = []] = Object.values(series)
  console.log(`${ROUNDS} rounds, the database ${DATABASE_DELAY_MS} ms away`)
  for (const [name, times] of Object.entries(series)) {
    const [p50, p95] = [quantile(times, 0.5), quantile(times, 0.95)]
    const ratio = (p50 / quantile(base, 0.5)).toFixed(2)
    console.log(`${name.padEnd(48)} p50 ${p50.toFixed(1)} ms   p95 ${p95.toFixed(1)} ms   ${ratio} × floor`)
  }
}
