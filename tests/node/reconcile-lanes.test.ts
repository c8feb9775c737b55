/** The sweep's lanes: when one fails the pass is over, and nothing of it goes on in the background. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { inLanes } from '../../worker/reconcile/lanes.ts'
import type { Steps } from '../../worker/reconcile/pass.ts'
import { listJson } from '../support/clerk-lists.ts'
import { openWorld, patientSteps, runPass, users, type World } from './reconcile.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.empty())

/** Four lanes' first steps wait for one another, and all but the first for its end; what is under way is counted. */
function failingSteps() {
  const steps = patientSteps()
  const begun: string[] = []
  const over = Promise.withResolvers<void>()
  const all = Promise.withResolvers<void>()
  let underWay = 0
  const watched: Steps = {
    ...steps,
    do: (name, work) => {
      if (!name.startsWith('range ')) return steps.do(name, work)
      begun.push(name)
      underWay += 1
      if (begun.length === 4) all.resolve()
      const order = begun.length === 1 ? all.promise : over.promise
      return order
        .then(() => steps.do(name, work))
        .finally(() => {
          underWay -= 1
          over.resolve()
        })
    },
  }
  return { watched, begun, underWay: () => underWay }
}

test('one lane fails: the others end with the step they are in, and only then is the pass over', async () => {
  world.clerk.put(...users(80_000))
  let lists = 0
  world.clerk.misbehave((_path, query) => {
    if (query.get('order_by') !== '+created_at') return undefined
    lists += 1
    return lists === 1 ? { status: 401, body: '{"errors":[{"code":"authentication_invalid"}]}' } : undefined
  })
  const { watched, begun, underWay } = failingSteps()
  await expect(runPass(world, { id: 'refused' }, watched)).rejects.toMatchObject({ code: 'misconfigured' })
  expect(underWay()).toBe(0)
  expect(begun).toEqual([1, 2, 3, 4].map((range) => `range ${range}, part 1`))
})

test('when the work fails for one, nothing new is begun, and what is under way is waited for', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const under = Promise.withResolvers<void>()
  const work = async (item: number) => {
    begun.push(item)
    if (item === 1) throw new Error('refused')
    await under.promise
    ended.push(item)
  }
  const lanes = inLanes(2, [1, 2, 3, 4], work)
  setImmediate(under.resolve)
  await expect(lanes).rejects.toThrow('refused')
  expect([begun, ended]).toEqual([[1, 2], [2]])
})

test('a list that is cut short, while every user is found by their id, stops the pass before it has looked for all of them', async () => {
  world.clerk.put(...users(3_000))
  await runPass(world)
  const before = await world.sandbox.state()
  let searches = 0
  world.clerk.misbehave((path, query) => {
    if (path !== '/v1/users') return undefined
    searches += query.has('user_id') ? 1 : 0
    if (query.get('order_by') !== '+created_at') return undefined
    const first = world.clerk.users().slice(0, 100)
    return { status: 200, body: listJson(first) }
  })
  const report = await runPass(world, { full: true, id: 'short' })
  expect(report).toMatchObject({
    status: 'stopped',
    reason:
      'Clerk finds at least 200 of our users by their ids and has them on none of its pages: its list is cut short',
    counts: { unlisted: 200 },
  })
  // The sample; and two for those who are not listed, because a twentieth of 3,000 is more than the first hundred.
  expect(searches).toBe(3)
  expect(await world.sandbox.state()).toEqual(before)
})
