/** A pass waits as long as Clerk asks, also where a step is tried again rather than a page asked for later. */
import { beforeEach, expect, test } from 'vitest'
import { finish, pass, realPass, run, settledUser } from './passes.ts'
import { arm, control, deleteClerkUser, emptyDatabase, resetStandIns, sql } from './support.ts'

/** More than the two seconds after which a step is tried again by itself. */
const ASKED_SECONDS = 5

type Seen = { path: string; at: number }

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
  await sql('truncate reconcile_runs')
})

test('a step that Clerk refuses with 429 is tried again when Clerk has said, and not before', async () => {
  await settledUser()
  const { id } = await settledUser()
  await finish(await pass())
  await deleteClerkUser(id)
  await resetStandIns()
  // Of the steps begin, recognise and confirm.
  const paths = ['/v1/users/count', '/v1/instance', `/v1/users/${id}`]
  const headers = { 'Retry-After': String(ASKED_SECONDS) }
  for (const path of paths)
    await arm('TEST_CLERK', { match: { path }, times: 1, act: { kind: 'respond', status: 429, headers } })
  const begun = await realPass({ full: true }, (m) => m.disableSleeps())
  await finish(begun)
  expect(await run(begun.id)).toMatchObject({ status: 'complete', counts: { removed: 1 } })
  const seen: Seen[] = await (await control('TEST_CLERK', 'requests')).json()
  for (const path of paths) {
    const [refused, again] = seen.filter((request) => request.path === path).map(({ at }) => at)
    expect((again ?? 0) - (refused ?? 0), path).toBeGreaterThanOrEqual(ASKED_SECONDS * 1000)
  }
}, 120_000)
