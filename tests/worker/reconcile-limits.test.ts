/** What a pass asks for and keeps, against the limits of the platform: 10,000 requests an instance, 1 MiB a step's result. */
import { introspectWorkflowInstance } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { PAGE_USERS } from '../../worker/clerk/lists.ts'
import { SHARD_USERS } from '../../worker/reconcile/sweep.ts'
import { finish, newPassId, type Pass, pass, run, settledUser, unmodified } from './passes.ts'
import { arm, deleteClerkUser, emptyDatabase, requestsTo, resetStandIns, sql } from './support.ts'

const MOST_REQUESTS = 10_000
const STEP_RESULT_LIMIT_BYTES = 2 ** 20

/** Of a pass, and of each of its parts: what does not grow with the users. */
const FIXED_REQUESTS = 16

/** A pass deletes no more by itself. */
const MOST_DELETIONS = 2_000

/** Two pages. */
const USERS = 520
const people: string[] = []

beforeAll(async () => {
  await resetStandIns()
  for (let n = 0; n < USERS; n += 1) {
    people.push((await settledUser({ password: undefined, skip_password_requirement: true })).id)
  }
}, 120_000)

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
  await sql('truncate reconcile_runs')
})

/** What the pass has kept of its last look at the shards. */
async function lastLook({ instance }: Pass): Promise<unknown> {
  for (let look = 1; ; look += 1) {
    const swept = await instance.waitForStepResult({ name: `look ${look}` })
    if (swept) return swept
  }
}

/** A whole pass, and how much it has asked for. */
async function metered(): Promise<{ requests: number; pages: number }> {
  await resetStandIns()
  const begun = await pass({ full: true })
  await finish(begun)
  const requests = (await requestsTo('TEST_CLERK')).length + (await requestsTo('TEST_NEON')).length
  const row = await run(begun.id)
  expect(row).toMatchObject({ status: 'complete' })
  return { requests, pages: Object(row).counts.pages }
}

test('a million users are within what an instance may ask for, also where an address changes hands on every page', async () => {
  const filled = await metered()
  // A page is a list, and a write that compares it with ours.
  expect(filled.pages).toBeGreaterThanOrEqual(2)
  expect(filled.requests).toBeLessThanOrEqual(2 * filled.pages + FIXED_REQUESTS)

  const quiet = await metered()
  // Who comes first is written first, before the other has let go.
  const inOrder = 'select id, email from users where id = any($1) order by id limit 2'
  const [owner, holder] = await sql(inOrder, [people.slice(0, 10)])
  await sql('update users set email = null where id = $1', [owner?.id])
  await sql('update users set email = $2 where id = $1', [holder?.id, owner?.email])
  await sql('update sync_state set version = version - 1 where user_id = $1', [owner?.id])
  const handover = (await metered()).requests - quiet.requests
  expect(handover).toBe(1)

  for (const id of people.splice(-3)) await deleteClerkUser(id)
  const deletions = (await metered()).requests - quiet.requests
  // Each is asked for alone; a search and the instance once more come once for fifty, the erasure once for ten.
  expect(deletions).toBeLessThanOrEqual(3 + 3)

  const pages = SHARD_USERS / PAGE_USERS
  const parts = pages / 10
  const confirmed = MOST_DELETIONS + (2 * MOST_DELETIONS) / 50
  const removed = MOST_DELETIONS / 10
  expect(pages * (2 + handover) + parts + confirmed + removed + 16 * FIXED_REQUESTS).toBeLessThan(
    MOST_REQUESTS,
  )
})

/** So many rows of ours, in the midst of the others', whom Clerk has never heard of. */
const strangers = (count: number) =>
  sql(
    `with born as (
       select min(created_at) + (max(created_at) - min(created_at)) / 2 as middle from users
     ), stranger as (
       insert into sync_state (user_id, version, source)
       select 'user_' || md5(n::text), 1, 'login' from generate_series(1, $1::int) n returning user_id
     )
     insert into users (id, created_at, updated_at) select user_id, middle, middle from stranger, born`,
    [count],
  )

test('more absent users than a pass may delete still fit into what its steps keep, in one place and in shards', async () => {
  await finish(await pass())
  // A twentieth of them is more than a pass ever deletes.
  await strangers(41_000)
  const [row] = await sql('select count(*)::int as ours from users')
  for (const total_count of [Number(row?.ours), 1_500_000]) {
    const body = JSON.stringify({ object: 'total_count', total_count })
    await arm('TEST_CLERK', {
      match: { path: '/v1/users/count' },
      act: { kind: 'respond', status: 200, body },
    })
    const id = newPassId()
    const shard = await introspectWorkflowInstance(env.RECONCILE, `${id}-shard-2`)
    const begun = await pass({ full: true }, unmodified, id)
    await begun.instance.waitForStatus('complete')
    expect(await run(id)).toMatchObject({
      status: 'stopped',
      reason: `At least ${MOST_DELETIONS + 1} of our users are not in Clerk, and a pass deletes no more than ${MOST_DELETIONS} by itself`,
    })
    const isDivided = total_count > SHARD_USERS
    const kept = isDivided
      ? [
          await shard.waitForStepResult({ name: 'range 1, part 1' }),
          await shard.getOutput(),
          await lastLook(begun),
        ]
      : [await begun.instance.waitForStepResult({ name: 'range 2, part 1' })]
    await begun.instance.dispose()
    await shard.dispose()
    for (const result of kept) {
      const text = JSON.stringify(result)
      expect(text.match(/user_/g)?.length).toBeGreaterThan(MOST_DELETIONS)
      expect(text.length).toBeLessThan(STEP_RESULT_LIMIT_BYTES / 4)
    }
    await resetStandIns()
  }
}, 120_000)
