/** The sweep's lanes: when one fails the pass is over, and nothing of it goes on in the background. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Steps } from '../../worker/reconcile/lanes.ts'
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
