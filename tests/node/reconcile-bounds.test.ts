/** Where a pass draws its lines: how far down it walks, how much of a sample may be gone; and what its row keeps. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Run } from '../../worker/reconcile/pass.ts'
import { noteEnd, noteProgress, noteStart } from '../../worker/reconcile/runs.ts'
import { openWorld, runPass, user, users, type World } from './reconcile.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.empty())

const run = async (id: string) => {
  const { rows } = await world.sandbox.pool.query('select * from reconcile_runs where id = $1', [id])
  return rows[0]
}

test('a change that Clerk’s list shows late is found below newer ones, down to ten minutes before the last pass began', async () => {
  world.clerk.put(...users(1_203))
  await runPass(world)
  const { rows } = await world.sandbox.pool.query('select max(started_at) as began from reconcile_runs')
  const began = rows[0].began.getTime()
  // A whole page of changes of nine minutes before, which are known, and behind them one that is not.
  const known = began - 9 * 60_000
  await world.sandbox.pool.query(
    `with known as (
       update sync_state set version = $1 - substr(user_id, 6)::bigint where user_id < 'user_000700'
       returning user_id, to_timestamp(version / 1000.0) as updated_at
     )
     update users set updated_at = known.updated_at from known where id = user_id`,
    [known],
  )
  world.clerk.put(...users(700, (n) => ({ updated_at: known - n })))
  world.clerk.put(user(1_000, { updated_at: known - 1_000, first_name: 'late' }))
  const { counts } = await runPass(world)
  expect(counts).toMatchObject({ updated: 1, pages: 2 })
  expect(counts.full).toBeUndefined()
  expect((await world.sandbox.state())[user(1_000).id]).toMatchObject({ firstName: 'late' })
})

test('of the sample of our users half may be gone from Clerk; with one more it is taken for another’s, before anything is written', async () => {
  world.clerk.put(...users(1_040))
  await runPass(world)
  // The sample is the oldest fifty and the newest fifty.
  const [oldest, newest] = [users(1_040).slice(0, 25), users(1_040).slice(-26)]
  world.clerk.delete(...[...oldest, ...newest].map(({ id }) => id))
  world.clerk.put(
    ...users(51, (n) => ({
      id: `user_new${n}`,
      email: `new${n}@example.com`,
      created_at: user(500).created_at,
    })),
  )
  const before = await world.sandbox.state()
  expect(await runPass(world, { full: true })).toMatchObject({
    status: 'stopped',
    reason: "Clerk does not find 51 of 100 of our users: is CLERK_SECRET_KEY another instance's?",
    counts: {},
  })
  expect(await world.sandbox.state()).toEqual(before)
  world.clerk.put(...newest.slice(0, 1))
  expect(await runPass(world, { full: true })).toMatchObject({ status: 'complete', counts: { removed: 50 } })
})

const begun: Run = { id: 'told', trigger: 'cron', dryRun: false }

test('a pass whose beginning is repeated began when it first did, and has counted anew', async () => {
  await noteStart(world.settings, begun, { clerkCount: 1, neonCount: 2 })
  const { started_at } = await run('told')
  await noteStart(world.settings, begun, { clerkCount: 3, neonCount: 4 })
  expect(await run('told')).toMatchObject({ started_at, clerk_count: 3, neon_count: 4, status: 'running' })
})

test('a part that comes late leaves a pass as it has ended', async () => {
  await noteStart(world.settings, begun, { clerkCount: 9, neonCount: 9 })
  await noteProgress(world.settings, 'told', { listed: 4 })
  expect(await run('told')).toMatchObject({ counts: { listed: 4 } })
  await noteEnd(world.settings, begun, { status: 'complete', reason: null, counts: { listed: 9, full: 1 } })
  const ended = await run('told')
  await noteProgress(world.settings, 'told', { listed: 8 })
  expect(await run('told')).toEqual(ended)
  expect(ended).toMatchObject({ status: 'complete', counts: { listed: 9, full: 1 } })
})
