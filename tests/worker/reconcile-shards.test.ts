/** A pass that has divided itself: one of its shards, or the pass itself, comes to harm. */
import { introspectWorkflowInstance } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import {
  finish,
  type Instance,
  newPassId,
  pass,
  realPass,
  run,
  settledUser,
  statusOf,
  unmodified,
} from './passes.ts'
import {
  arm,
  changeClerkUser,
  deleteClerkUser,
  emptyDatabase,
  newClerkUser,
  resetStandIns,
  sql,
} from './support.ts'

let changed: string
let gone: string
let added: string

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
  await sql('truncate reconcile_runs')
  const [one, other] = [await settledUser(), await settledUser(), await settledUser()]
  await finish(await pass())
  changed = one.id
  gone = other.id
  await changeClerkUser(changed, { first_name: 'Changed' })
  await deleteClerkUser(gone)
  added = (await newClerkUser()).id
  // So many that there are two shards; the second has all that there really are.
  const body = '{"object":"total_count","total_count":1500000}'
  await arm('TEST_CLERK', { match: { path: '/v1/users/count' }, act: { kind: 'respond', status: 200, body } })
})

/** The shard's first part fails and waits for its next attempt, so often: there it stands. */
async function standingShard(id: string, times: number): Promise<Instance> {
  const shard = await introspectWorkflowInstance(env.RECONCILE, `${id}-shard-2`)
  await shard.modify((m) => m.mockStepError({ name: 'range 1, part 1' }, new Error('ordered'), times))
  return shard
}

const end = async (id: string) => (await env.RECONCILE.get(id)).terminate()

async function isRepaired() {
  await resetStandIns()
  await finish(await pass({ full: true }))
  expect(await sql('select first_name from users where id = $1', [changed])).toEqual([
    { first_name: 'Changed' },
  ])
  expect(await sql('select id from users where id in ($1, $2)', [added, gone])).toEqual([{ id: added }])
  const left = await sql('select user_id from sync_state where deleted_at is not null')
  expect(left).toEqual([{ user_id: gone }])
}

test('a shard that is ended for good fails the pass, and a new pass does what is left', async () => {
  const id = newPassId()
  const shard = await standingShard(id, 5)
  // An instance that is just ending may not say how it is: then the pass looks again a little later.
  const begun = await realPass({ full: true }, (m) => m.disableSleeps(), id)
  await shard.waitForStepResult({ name: 'divide' })
  await end(`${id}-shard-2`)
  await finish(begun, 'errored')
  expect(await statusOf(`${id}-shard-2`)).toBe('terminated')
  await shard.dispose()
  expect(await run(id)).toMatchObject({ status: 'failed', reason: 'Something went wrong on our side' })
  await isRepaired()
})

test('a shard that fails for good fails the pass, and a new pass does what is left', async () => {
  const id = newPassId()
  const shard = await introspectWorkflowInstance(env.RECONCILE, `${id}-shard-2`)
  await shard.modify(async (m) => {
    await m.disableRetryDelays()
    await m.mockStepError({ name: 'range 1, part 1' }, new Error('ordered'), 20)
  })
  await finish(await pass({ full: true }, unmodified, id), 'errored')
  expect(await statusOf(`${id}-shard-2`)).toBe('errored')
  await shard.dispose()
  expect(await run(id)).toMatchObject({ status: 'failed', reason: 'Something went wrong on our side' })
  await isRepaired()
})

test('a shard that is killed after its work goes on, and the pass comes to its end', async () => {
  const id = newPassId()
  const shard = await introspectWorkflowInstance(env.RECONCILE, `${id}-shard-2`)
  await shard.modify(async (m) => {
    await m.disableRetryDelays()
    await m.forceStepTimeout({ name: 'range 1, part 1' }, 1)
  })
  await finish(await pass({ full: true }, unmodified, id))
  expect(await statusOf(`${id}-shard-2`)).toBe('complete')
  await shard.dispose()
  // Everybody has been taken, and the count is not believed.
  expect(await run(id)).toMatchObject({ status: 'stopped', counts: { created: 1, updated: 1 } })
  await isRepaired()
})

test('a pass that is ended for good while its shards run leaves them to end by themselves, and a new pass does what is left', async () => {
  const id = newPassId()
  const shard = await standingShard(id, 2)
  const begun = await pass({ full: true }, unmodified, id)
  await shard.waitForStepResult({ name: 'divide' })
  await end(id)
  await begun.instance.waitForStatus('terminated')
  await begun.instance.dispose()
  await shard.waitForStatus('complete')
  await shard.dispose()
  expect(await run(id)).toMatchObject({ status: 'running' })
  expect(await sql('select id from users where id = $1', [added])).toHaveLength(1)
  await isRepaired()
}, 60_000)
