/**
 * A deletion is at Clerk at once and with us a second later; a sign-up may be with us before it is in Clerk's lists. What is
 * only under way is no difference.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Steps } from '../../worker/reconcile/pass.ts'
import { expected, openWorld, patientSteps, runPass, user, users, type World } from './reconcile.ts'
import { removeUser } from './rule.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.empty()
  world.clerk.put(...users(700))
  await runPass(world)
  world.clerk.requests.length = 0
})

/** The minute in which the webhooks arrive that are under way. */
function minute(arrive: () => Promise<unknown> = async () => undefined) {
  const steps = patientSteps()
  const waits: [string, number][] = []
  const waiting: Steps = {
    ...steps,
    pause: async (name, seconds) => {
      waits.push([name, seconds])
      await arrive()
    },
  }
  return { waiting, waits }
}

const lists = () => world.clerk.requests.filter((path) => path === '/v1/users').length

describe.each(['cron', 'admin'] as const)('a pass that the %s has started', (trigger) => {
  test('a deletion whose webhook is still under way makes nobody be compared', async () => {
    world.clerk.delete(user(3).id)
    const { waiting, waits } = minute(() => removeUser(world.settings, user(3).id))
    const { status, counts } = await runPass(world, { trigger }, waiting)
    expect({ status, full: counts.full }).toEqual({ status: 'complete', full: undefined })
    expect(waits).toEqual([['compare, pause', 60]])
    // The newest user, the sample, and one page of changes.
    expect(lists()).toBe(3)
  })

  test('one whose webhook never comes is found all the same', async () => {
    world.clerk.delete(user(3).id)
    const { waiting } = minute()
    expect((await runPass(world, { trigger }, waiting)).counts).toMatchObject({ full: 1, removed: 1 })
    expect(await world.sandbox.state()).toEqual(expected(world.clerk, [user(3).id]))
  })

  test('a deletion during the last count is not remembered as a difference', async () => {
    world.clerk.delete(user(3).id)
    let counts = 0
    world.clerk.misbehave((path) => {
      counts += path === '/v1/users/count' ? 1 : 0
      // Begin, compare, compare again, the sweep, and now the last one.
      if (path === '/v1/users/count' && counts === 4) world.clerk.delete(user(4).id)
      return undefined
    })
    let minutes = 0
    const { waiting, waits } = minute(async () => {
      minutes += 1
      if (minutes === 2) await removeUser(world.settings, user(4).id)
    })
    expect((await runPass(world, { trigger }, waiting)).counts).toMatchObject({ removed: 1, apart: 0 })
    expect(waits.map(([name]) => name)).toEqual(['compare, pause', 'settle, pause'])
    expect((await runPass(world, { trigger })).counts.full).toBeUndefined()
  })
})

test('a person at the command line is not kept waiting: everybody is compared at once', async () => {
  world.clerk.delete(user(3).id)
  const { waiting, waits } = minute()
  expect((await runPass(world, { trigger: 'cli' }, waiting)).counts).toMatchObject({ full: 1, removed: 1 })
  expect(waits).toEqual([])
})

test('who has signed up a moment ago is not taken for gone by a list that does not have them yet, and is an hour later', async () => {
  const now = Date.now()
  const [young, old] = [user(801, { created_at: now - 500_000 }), user(802, { created_at: now - 700_000 })]
  world.clerk.put(young, old)
  await runPass(world)
  const before = await world.sandbox.state()
  world.clerk.delete(young.id, old.id)
  const { counts } = await runPass(world, { full: true, startedAt: now })
  expect(counts).toMatchObject({ orphaned: 1, removed: 1, apart: 0 })
  expect(await world.sandbox.state()).toEqual({ ...before, [old.id]: { deleted: true } })
  expect((await runPass(world, { startedAt: now })).counts.full).toBeUndefined()
  const later = await runPass(world, { startedAt: now + 3_600_000 })
  expect(later.counts).toMatchObject({ full: 1, removed: 1, apart: 0 })
  expect(await world.sandbox.state()).toEqual(expected(world.clerk, [young.id, old.id]))
})
