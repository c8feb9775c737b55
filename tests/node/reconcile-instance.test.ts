/** Whose Clerk is it? Another instance's secret key must neither bring its users in nor take ours away. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expected, openWorld, runPass, users, type World } from './reconcile.ts'

let world: World
/** The same without `CLERK_INSTANCE_ID`. */
let nameless: World
beforeAll(async () => {
  world = await openWorld()
  nameless = { ...world, settings: { ...world.settings, CLERK_INSTANCE_ID: undefined } }
})
afterAll(() => world.close())
beforeEach(() => world.empty())

/** The key is now that of an instance which has as many users, and none of ours. */
function changeInstance(count: number) {
  world.clerk.clear()
  world.clerk.become('ins_Staging')
  world.clerk.put(...users(count, (n) => ({ id: `user_other${n}`, email: `other${n}@example.com` })))
}

describe.each([1, 8, 10, 11, 1_000])('%i users, and another instance’s key', (count) => {
  let before: Awaited<ReturnType<typeof world.sandbox.state>>
  beforeEach(async () => {
    world.clerk.put(...users(count))
    await runPass(world)
    before = await world.sandbox.state()
    changeInstance(count)
  })

  test.each([{}, { full: true }, { full: true, mostDeletions: 10_000 }])(
    'a pass stops before a write, and names both instances: %j',
    async (plan) => {
      expect(await runPass(world, plan)).toMatchObject({
        status: 'stopped',
        reason:
          'CLERK_SECRET_KEY opens ins_Staging, and CLERK_INSTANCE_ID is ins_Lists: one of them is wrong',
      })
      expect(await world.sandbox.state()).toEqual(before)
    },
  )

  test.each([{}, { full: true }, { full: true, mostDeletions: 10_000 }])(
    'without CLERK_INSTANCE_ID it stops as well, because Clerk knows nobody of ours: %j',
    async (plan) => {
      expect(await runPass(nameless, plan)).toMatchObject({
        status: 'stopped',
        reason: `Clerk does not find ${Math.min(count, 100)} of ${Math.min(count, 100)} of our users: is CLERK_SECRET_KEY another instance's?`,
      })
      expect(await world.sandbox.state()).toEqual(before)
    },
  )
})

test('a new application, where nobody is held yet, is filled without CLERK_INSTANCE_ID', async () => {
  world.clerk.put(...users(8))
  expect(await runPass(nameless)).toMatchObject({ status: 'complete', counts: { created: 8 } })
})

test('all eight users are really gone: that is believed of an instance that is known to be ours', async () => {
  world.clerk.put(...users(8))
  await runPass(world)
  const gone = users(8).map(({ id }) => id)
  world.clerk.delete(...gone)
  expect(await runPass(nameless)).toMatchObject({ status: 'stopped' })
  expect(await runPass(world)).toMatchObject({ status: 'complete', counts: { removed: 8 } })
  expect(await world.sandbox.state()).toEqual(expected(world.clerk, gone))
})

test.each([
  ['with', () => world],
  ['without', () => nameless],
])(
  'a key that changes in the middle of a pass confirms no deletion, %s CLERK_INSTANCE_ID',
  async (_name, of) => {
    world.clerk.put(...users(20))
    await runPass(world)
    const before = await world.sandbox.state()
    world.clerk.misbehave((_path, query) => {
      if (query.get('order_by') === '+created_at') world.clerk.become('ins_Staging')
      return undefined
    })
    world.clerk.delete('user_000003')
    await expect(runPass(of(), { id: 'changed' })).rejects.toThrow()
    expect(await world.sandbox.state()).toEqual(before)
    const { rows } = await world.sandbox.pool.query(
      `select status, reason from reconcile_runs where id = 'changed'`,
    )
    expect(rows).toEqual([
      {
        status: 'failed',
        reason:
          'The service is not set up correctly (CLERK_SECRET_KEY, another instance than when the pass began)',
      },
    ])
  },
)
