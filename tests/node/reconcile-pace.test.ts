/** A pass leaves room for those who sign up meanwhile: their first login asks Clerk, too, under the same limit. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Limits, Steps } from '../../worker/reconcile/pass.ts'
import { sweep } from '../../worker/reconcile/sweep.ts'
import { openWorld, patientSteps, runPass, users, type World } from './reconcile.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.empty())

test('lanes together ask for no more pages a second than they have been given', async () => {
  world.clerk.put(...users(20_000))
  const asked: number[] = []
  world.clerk.misbehave((_path, query) => {
    if (query.get('order_by') === '+created_at') asked.push(Date.now())
    return undefined
  })
  const whole = { range: { after: 0, before: Date.now() }, users: 20_000 }
  const limits: Limits = { dryRun: true, mostMissed: 10, pagesASecond: 20, settledBefore: Date.now() }
  await sweep(patientSteps(), world.settings, whole, limits, {
    take: () => undefined,
    onPart: async () => undefined,
  })
  expect(asked.length).toBeGreaterThanOrEqual(40)
  const seconds = ((asked.at(-1) ?? 0) - (asked[0] ?? 0)) / 1000
  // Four lanes begin at once.
  expect((asked.length - 4) / seconds).toBeLessThanOrEqual(20.5)
})

test.each([
  ['cron', 35],
  ['admin', 35],
  ['cli', null],
] as const)(
  'two shards of a pass that %s has started have %j pages a second each',
  async (trigger, pagesASecond) => {
    const body = JSON.stringify({ total_count: 1_500_000 })
    world.clerk.misbehave((path) => (path === '/v1/users/count' ? { status: 200, body } : undefined))
    const given: Limits[] = []
    const steps: Steps = {
      ...patientSteps(),
      sweepElsewhere: async (shards, limits) => {
        given.push(limits)
        return shards.map(() => ({ counts: {}, absent: [] }))
      },
    }
    await runPass(world, { trigger, full: true }, steps)
    expect(given).toEqual([
      { dryRun: false, mostMissed: 10, pagesASecond, settledBefore: expect.any(Number) },
    ])
  },
)
