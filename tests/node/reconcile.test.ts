/** A pass of the clock's door: what it finds, what it repairs, and what it refuses to do. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { countUsers } from '../../worker/clerk/lists.ts'
import { divide } from '../../worker/reconcile/divide.ts'
import { removeUsers } from '../../worker/reconcile/page-store.ts'
import { listJson } from '../support/clerk-lists.ts'
import { expected, openWorld, patientSteps, runPass, user, users, type World } from './reconcile.ts'
import { removeUser } from './rule.ts'

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
const inList = (path: string, query: URLSearchParams) => path === '/v1/users' && !query.has('user_id')

describe('repair', () => {
  test('an application that has users already is filled, and the pass says so', async () => {
    world.clerk.put(...users(1_203))
    const report = await runPass(world, { id: 'fill' })
    expect(report).toMatchObject({
      status: 'complete',
      clerkCount: 1_203,
      neonCount: 0,
      counts: { listed: 1_203, created: 1_203, pages: 3, full: 1, orphaned: 0 },
    })
    expect(await world.sandbox.state()).toEqual(expected(world.clerk))
    expect(await run('fill')).toMatchObject({
      trigger: 'cli',
      status: 'complete',
      dry_run: false,
      reason: null,
      clerk_count: 1_203,
      neon_count: 0,
      counts: report.counts,
      finished_at: expect.any(Date),
    })
  })

  test('a second pass asks for one page, because all is known', async () => {
    world.clerk.put(...users(1_203))
    await runPass(world)
    world.clerk.requests.length = 0
    expect(await runPass(world)).toMatchObject({ counts: { unchanged: 500, pages: 1 } })
    expect(world.clerk.requests.filter((path) => path === '/v1/users')).toHaveLength(3)
  })

  test('changes of the last days are found without comparing everybody', async () => {
    world.clerk.put(...users(2_000))
    await runPass(world)
    world.clerk.put(...users(700, () => ({ updated_at: Date.now(), first_name: 'new' })), user(5_000))
    const { counts } = await runPass(world)
    expect(counts).toMatchObject({ updated: 700 })
    expect(counts.pages).toBe(2)
    expect(counts.full).toBeUndefined()
  })

  test('more changes than are good to walk through are found by comparing everybody', async () => {
    world.clerk.put(...users(9_800))
    await runPass(world)
    world.clerk.put(...users(9_800, () => ({ updated_at: Date.now(), first_name: 'new' })))
    const { counts } = await runPass(world)
    expect(counts).toMatchObject({ updated: 9_800, full: 1 })
    expect(await world.sandbox.state()).toEqual(expected(world.clerk))
  })

  test('a page of users whom we cannot read hides no change behind it', async () => {
    world.clerk.put(...users(2_000))
    await runPass(world)
    const now = Date.now()
    // Clerk lists them by when they were changed, though that is nothing we could hold.
    const unreadable = users(500).map((one) => ({ ...one, updated_at: now + 0.5 }))
    world.clerk.put(...unreadable, user(1_999, { updated_at: now - 1, first_name: 'new' }))
    const { counts } = await runPass(world)
    expect(counts).toMatchObject({ updated: 1 })
    expect((await world.sandbox.state())[user(1_999).id]).toMatchObject({ firstName: 'new' })
  })

  test('a deletion in the middle of the walk hides no change', async () => {
    world.clerk.put(...users(2_000))
    await runPass(world)
    world.clerk.put(...users(900, (n) => ({ updated_at: Date.now() + n, first_name: 'new' })))
    // Their webhooks have come, so the counts will agree.
    const newest = users(900)
      .slice(-10)
      .map(({ id }) => id)
    for (const id of newest) await removeUser(world.settings, id)
    let pages = 0
    world.clerk.misbehave((_path, query) => {
      if (query.get('order_by') !== '-updated_at') return undefined
      pages += 1
      if (pages === 2) world.clerk.delete(...newest)
      return undefined
    })
    const { counts } = await runPass(world)
    expect(counts).toMatchObject({ updated: 890 })
    expect(counts.full).toBeUndefined()
    expect(await world.sandbox.state()).toEqual(expected(world.clerk, newest))
  })

  test.each([
    ['between two pages', 2],
    ['between two steps', 11],
  ])('more deletions %s of the walk than pages overlap hide no change', async (_name, during) => {
    world.clerk.put(...users(8_000))
    await runPass(world)
    const changed = users(7_000, (n) => ({ updated_at: Date.now() + n, first_name: 'new' }))
    world.clerk.put(...changed)
    // Their webhooks have come, so the counts will agree.
    const bulk = changed.slice(-60).map(({ id }) => id)
    await removeUsers(world.settings, bulk)
    let pages = 0
    world.clerk.misbehave((_path, query) => {
      if (query.get('order_by') !== '-updated_at') return undefined
      pages += 1
      if (pages === during) world.clerk.delete(...bulk)
      return undefined
    })
    await runPass(world)
    expect(await world.sandbox.state()).toEqual(expected(world.clerk, bulk))
    expect(pages).toBe(during)
  })

  test('once a week everybody is compared, whatever the counts say', async () => {
    world.clerk.put(...users(20))
    await runPass(world)
    await world.sandbox.pool.query(`update reconcile_runs set started_at = now() - interval '8 days'`)
    expect((await runPass(world)).counts).toMatchObject({ full: 1 })
  })

  test('who is gone from Clerk is erased and stays so', async () => {
    world.clerk.put(...users(900))
    await runPass(world)
    world.clerk.delete(user(0).id, user(450).id, user(899).id)
    const { counts } = await runPass(world)
    expect(counts).toMatchObject({ orphaned: 3, removed: 3, full: 1 })
    expect(await world.sandbox.state()).toEqual(
      expected(world.clerk, [user(0).id, user(450).id, user(899).id]),
    )
  })

  test('who was deleted with us is not revived by Clerk’s list', async () => {
    world.clerk.put(...users(3))
    await removeUser(world.settings, user(1).id)
    expect((await runPass(world)).counts).toMatchObject({ created: 2, deleted: 1 })
    expect(await world.sandbox.state()).toMatchObject({ [user(1).id]: { deleted: true } })
  })

  test('a user whom we cannot read is counted, and the others come in; nor is it deleted', async () => {
    world.clerk.put(...users(5))
    await runPass(world)
    world.clerk.put({ ...user(2), updated_at: -1 }, { ...user(9), updated_at: -1 }, user(7))
    const report = await runPass(world, { full: true })
    expect(report).toMatchObject({ status: 'complete', counts: { unreadable: 2, created: 1, orphaned: 0 } })
    expect(Object.keys(await world.sandbox.state())).toHaveLength(6)
  })
})

/** What a pass asks of Neon and of Clerk. */
async function requestsOf(pass: () => Promise<unknown>) {
  world.sandbox.neon.requests = []
  world.clerk.requests.length = 0
  await pass()
  return { neon: world.sandbox.neon.requests.length, clerk: world.clerk.requests.length }
}

describe('counts that never agree', () => {
  const unreadable = (n: number) => ({ ...user(n), updated_at: -1 })
  const report = () => runPass(world)

  /** Two whom we cannot hold, and one who is deleted with us alone. */
  async function setApart() {
    world.clerk.put(...users(1_200), unreadable(2_000), unreadable(2_001))
    await removeUser(world.settings, user(7).id)
    expect((await report()).counts).toMatchObject({ created: 1_199, unreadable: 2, deleted: 1, apart: 3 })
  }

  test('a difference that is known costs what a quiet hour costs: eight requests to Neon and six to Clerk', async () => {
    await setApart()
    for (let hour = 0; hour < 3; hour += 1) {
      expect(await requestsOf(report)).toEqual({ neon: 8, clerk: 6 })
      const { counts } = await report()
      expect(counts.full).toBeUndefined()
    }
    world.clerk.put(...users(3, () => ({ updated_at: Date.now(), first_name: 'new' })), user(3_000))
    expect((await report()).counts).toMatchObject({ created: 1, updated: 3 })
    expect(await requestsOf(report)).toEqual({ neon: 8, clerk: 6 })
  })

  test.each([
    ['somebody gone from Clerk', () => world.clerk.delete(user(500).id), { removed: 1, apart: 3 }],
    ['one more whom we cannot hold', () => world.clerk.put(unreadable(3_000)), { unreadable: 3, apart: 4 }],
    ['one fewer whom we cannot hold', () => world.clerk.delete(user(2_000).id), { unreadable: 1, apart: 2 }],
    [
      'somebody who was deleted with us alone and is now gone from Clerk, too',
      () => world.clerk.delete(user(7).id),
      { deleted: 0, apart: 2 },
    ],
    [
      'a row of ours that somebody has taken away by hand',
      () => world.sandbox.pool.query('delete from sync_state where user_id = $1', [user(9).id]),
      null,
    ],
  ])('%s is a new difference, and is found by comparing everybody once', async (_name, happen, found) => {
    await setApart()
    await happen()
    if (!found) await world.sandbox.pool.query('delete from users where id = $1', [user(9).id])
    expect((await report()).counts).toMatchObject({ full: 1, ...(found ?? { created: 1, apart: 3 }) })
    expect(await requestsOf(report)).toEqual({ neon: 8, clerk: 6 })
  })

  test('a dry run and a pass that stopped leave no difference to build on', async () => {
    await setApart()
    world.clerk.put(unreadable(3_000))
    expect((await runPass(world, { dryRun: true, full: true })).counts.apart).toBeUndefined()
    const gone = users(100).map(({ id }) => id)
    world.clerk.delete(...gone)
    expect(await report()).toMatchObject({ status: 'stopped' })
    world.clerk.put(...users(100))
    expect((await report()).counts).toMatchObject({ full: 1, apart: 4 })
  })

  test('a pass from before differences were remembered ended with none', async () => {
    world.clerk.put(...users(20))
    await report()
    await world.sandbox.pool.query(`update reconcile_runs set counts = counts - 'apart'`)
    expect(await requestsOf(report)).toEqual({ neon: 8, clerk: 6 })
  })
})

describe('a count that is wrong deletes nobody', () => {
  beforeEach(async () => {
    world.clerk.put(...users(1_000))
    await runPass(world)
  })

  test.each([0, 1, 949, 999, 1_001, 1_051, 5_000, 1_000_000])(
    'Clerk says %i of 1,000',
    async (total_count) => {
      const before = await world.sandbox.state()
      world.clerk.misbehave((path) =>
        path === '/v1/users/count' ? { status: 200, body: JSON.stringify({ total_count }) } : undefined,
      )
      await runPass(world)
      await runPass(world, { full: true })
      expect(await world.sandbox.state()).toEqual(before)
    },
  )

  test.each(['-1', '"1000"', '1e99', 'null', '{}'])('Clerk says %s', async (said) => {
    const before = await world.sandbox.state()
    world.clerk.misbehave((path) =>
      path === '/v1/users/count' ? { status: 200, body: `{"total_count":${said}}` } : undefined,
    )
    await expect(runPass(world)).rejects.toThrow()
    expect(await world.sandbox.state()).toEqual(before)
  })

  test('a count of ours that takes longer than a person would wait is waited for', async () => {
    world.sandbox.neon.arm({
      match: { body: 'count(*)::int as count from users' },
      act: { kind: 'delay', ms: 3_000 },
    })
    expect(await runPass(world)).toMatchObject({ status: 'complete', neonCount: 1_000 })
    world.sandbox.neon.clear()
  })

  test('a count of ours that breaks off is no count', async () => {
    const before = await world.sandbox.state()
    world.sandbox.neon.arm({
      match: { body: 'count(*)::int as count from users' },
      act: { kind: 'truncate-answer' },
    })
    await expect(runPass(world, { id: 'uncounted' })).rejects.toThrow()
    world.sandbox.neon.clear()
    expect(await run('uncounted')).toMatchObject({ status: 'failed' })
    expect(await world.sandbox.state()).toEqual(before)
  })
})

describe('page borders', () => {
  test.each([
    ['one millisecond for everybody', () => 7],
    ['a border in the middle of a bulk import', (n: number) => (n < 400 ? n : n < 1_300 ? 400 : n)],
    ['midnights only', (n: number) => Math.floor(n / 300) * 86_400_000],
    ['pages that end with their millisecond', (n: number) => Math.floor(n / 500)],
  ])('%s: nobody is skipped, and those gone are found', async (_name, createdAt) => {
    world.clerk.put(...users(1_700, (n) => ({ created_at: user(0).created_at + createdAt(n) })))
    expect(await runPass(world)).toMatchObject({ status: 'complete', counts: { created: 1_700 } })
    expect(await world.sandbox.state()).toEqual(expected(world.clerk))
    let searches = 0
    world.clerk.misbehave((_path, query) => {
      searches += query.has('user_id') ? 1 : 0
      return undefined
    })
    await runPass(world, { full: true })
    // The sample alone: who is listed need not be searched for.
    expect(searches).toBe(1)
    const gone = [0, 399, 400, 401, 499, 500, 501, 999, 1_000, 1_299, 1_699].map((n) => user(n).id)
    world.clerk.delete(...gone)
    expect(await runPass(world)).toMatchObject({ status: 'complete', counts: { removed: gone.length } })
    expect(await world.sandbox.state()).toEqual(expected(world.clerk, gone))
  })

  test.each([
    ['whom we cannot read', [] as string[], { updated_at: -1 }],
    ['who is deleted with us alone', [user(7).id], {}],
  ])(
    'one %s does not hide who is gone from the millisecond in which pages meet',
    async (_name, dead, odd) => {
      for (const id of dead) await removeUser(world.settings, id)
      const inOneMoment = (n: number) => ({ created_at: user(0).created_at, ...(n === 7 && odd) })
      world.clerk.put(...users(1_200, inOneMoment))
      await runPass(world)
      world.clerk.delete(user(800).id)
      await runPass(world, { full: true })
      expect((await world.sandbox.state())[user(800).id]).toEqual({ deleted: true })
    },
  )

  test('the user at whom a page ended is deleted before the next: the list goes on where it stood', async () => {
    world.clerk.put(...users(1_700, () => ({ created_at: user(0).created_at })))
    const gone: string[] = []
    world.clerk.misbehave((path, query) => {
      const cursor = query.get('starting_after')
      if (!inList(path, query) || !cursor || gone.length >= 3) return undefined
      gone.push(cursor)
      world.clerk.delete(cursor)
      return undefined
    })
    expect(await runPass(world)).toMatchObject({ status: 'complete' })
    const state = await world.sandbox.state()
    for (const { id } of world.clerk.users()) expect(state[id]).toMatchObject({ deleted: false })
    expect(gone).toHaveLength(3)
  })

  test('a list that refuses every cursor, although its user is there, ends the pass instead of never ending', async () => {
    world.clerk.put(...users(1_200, () => ({ created_at: user(0).created_at })))
    let asked = 0
    world.clerk.misbehave((_path, query) => {
      if (!query.has('starting_after')) return undefined
      asked += 1
      const status = asked > 100 ? 401 : 422
      return { status, body: '{"errors":[{"code":"form_param_unknown"}]}' }
    })
    await expect(runPass(world, { id: 'refused' })).rejects.toThrow()
    expect(await run('refused')).toMatchObject({ reason: expect.stringContaining('move on') })
  })

  test('a list that does not move on ends the pass instead of never ending', async () => {
    world.clerk.put(...users(1_700))
    world.clerk.misbehave((path, query) => {
      if (!inList(path, query) || !query.has('starting_after')) return undefined
      const first = world.clerk.users().slice(0, 500)
      return { status: 200, body: listJson(first) }
    })
    await expect(runPass(world, { id: 'stuck' })).rejects.toThrow()
    expect(await run('stuck')).toMatchObject({ status: 'failed', reason: expect.stringContaining('move on') })
  })
})

describe('refusal', () => {
  beforeEach(async () => {
    world.clerk.put(...users(1_000))
    await runPass(world)
  })
  const state = () => world.sandbox.state()

  test.each([
    ['an empty list', () => '[]'],
    ['a tenth of its list', () => world.clerk.users().slice(0, 100)],
  ])('%s, with the right count', async (_name, listed) => {
    const before = await state()
    world.clerk.misbehave((path, query) => {
      if (path !== '/v1/users') return undefined
      const ids = query.getAll('user_id')
      const all = listed()
      if (typeof all === 'string') return { status: 200, body: all }
      const found = all.filter(({ id }) => ids.length === 0 || ids.includes(id))
      return { status: 200, body: query.has('starting_after') ? '[]' : JSON.stringify(found) }
    })
    const report = await runPass(world, { full: true, id: 'cut' })
    expect(report).toMatchObject({
      status: 'stopped',
      reason: expect.stringMatching(/not in Clerk|Clerk does not find/),
    })
    expect(await state()).toEqual(before)
    expect(await run('cut')).toMatchObject({ status: 'stopped', reason: report.reason })
  })

  test('a tenth of the count', async () => {
    const before = await state()
    world.clerk.delete(...users(900).map(({ id }) => id))
    const report = await runPass(world)
    expect(report).toMatchObject({ status: 'stopped', clerkCount: 100, neonCount: 1_000 })
    expect(report.reason).toBe(
      'At least 900 of our users are not in Clerk, and a pass deletes no more than 50 by itself',
    )
    expect(await state()).toEqual(before)
  })

  test('a list cut short where we hold nobody yet', async () => {
    await world.sandbox.pool.query('truncate users, sync_state cascade')
    world.clerk.misbehave((path, query) =>
      inList(path, query) && query.has('starting_after') ? { status: 200, body: '[]' } : undefined,
    )
    expect(await runPass(world, { full: true })).toMatchObject({
      status: 'stopped',
      reason: 'Clerk counts 1000 users and has listed only 500',
    })
  })

  test('another instance’s key, with as many users', async () => {
    const before = await state()
    world.clerk.clear()
    world.clerk.put(...users(1_000, (n) => ({ id: `user_other${n}`, email: `other${n}@example.com` })))
    expect(await runPass(world)).toMatchObject({
      status: 'stopped',
      reason: expect.stringContaining('100 of 100'),
    })
    expect(await state()).toEqual(before)
  })

  test('more deletions than its share: nobody is deleted, unless a person allows it', async () => {
    const gone = users(60).map(({ id }) => id)
    world.clerk.put(...users(60, (n) => ({ id: `user_new${n}`, email: `new${n}@example.com` })))
    world.clerk.delete(...gone)
    const report = await runPass(world, { full: true })
    expect(report).toMatchObject({ status: 'stopped', counts: { created: 60 } })
    expect(report.counts.removed).toBeUndefined()
    expect(await runPass(world, { full: true, mostDeletions: 60 })).toMatchObject({ counts: { removed: 60 } })
    expect(await state()).toEqual(expected(world.clerk, gone))
  })

  test('a sample that is mostly gone: a person’s word counts, but not where Clerk knows none of ours and may be anybody’s', async () => {
    const before = await state()
    const gone = users(950).map(({ id }) => id)
    world.clerk.delete(...gone)
    expect(await runPass(world, { full: true, mostDeletions: 949 })).toMatchObject({ status: 'stopped' })
    expect(await state()).toEqual(before)
    expect(await runPass(world, { full: true, mostDeletions: 950 })).toMatchObject({
      counts: { removed: 950 },
    })
    expect(await state()).toEqual(expected(world.clerk, gone))

    const rest = await state()
    world.clerk.clear()
    world.clerk.put(...users(50, (n) => ({ id: `user_other${n}`, email: `other${n}@example.com` })))
    const nameless = { ...world, settings: { ...world.settings, CLERK_INSTANCE_ID: undefined } }
    const report = await runPass(nameless, { full: true, mostDeletions: 1_000 })
    expect(report).toMatchObject({ status: 'stopped', reason: expect.stringContaining('another instance') })
    expect(await state()).toEqual(rest)
  })

  test('a user missing from every list but found alone is kept', async () => {
    const hidden = user(500).id
    world.clerk.misbehave((path, query) =>
      path === '/v1/users'
        ? {
            status: 200,
            body: listJson(
              world.clerk
                .users()
                .filter(
                  ({ id }) =>
                    id !== hidden && (!query.has('user_id') || query.getAll('user_id').includes(id)),
                )
                .slice(query.has('starting_after') ? 500 : 0)
                .slice(0, 500),
            ),
          }
        : undefined,
    )
    const report = await runPass(world, { full: true })
    expect(report).toMatchObject({ status: 'complete', counts: { orphaned: 0 } })
    expect(await state()).toEqual(expected(world.clerk))
  })

  test.each([
    [
      'a 404 that is not Clerk’s word for it',
      { status: 404, body: '{"errors":[{"code":"route_not_found"}]}' },
    ],
    ['an outage', { status: 500, body: 'oops' }],
  ])('%s confirms no deletion', async (_name, odd) => {
    world.clerk.delete(user(3).id)
    const before = await state()
    world.clerk.misbehave((path) => (path.startsWith('/v1/users/user_') ? odd : undefined))
    await expect(runPass(world, { id: 'unsure' })).rejects.toThrow()
    expect(await state()).toEqual(before)
    expect(await run('unsure')).toMatchObject({ status: 'failed' })
  })
})

describe('trouble on the way', () => {
  test('429 in the middle: it pauses as long as Clerk asks, and goes on', async () => {
    world.clerk.put(...users(1_700))
    let count = 0
    world.clerk.misbehave((path, query) => {
      count += inList(path, query) ? 1 : 0
      return inList(path, query) && count === 4
        ? { status: 429, body: '{"errors":[]}', headers: { 'Retry-After': '7' } }
        : undefined
    })
    const steps = patientSteps()
    expect(await runPass(world, {}, steps)).toMatchObject({ status: 'complete', counts: { created: 1_700 } })
    // Up to a second more, so that those who were refused together do not come back together.
    expect(steps.pauses).toEqual([expect.closeTo(7.5, 0)])
    expect(await world.sandbox.state()).toEqual(expected(world.clerk))
  })

  test.each([
    ['500', { status: 500, body: '{}' }],
    ['HTML', { status: 200, body: '<!doctype html>' }],
    ['an object instead of a list', { status: 200, body: '{"data":[],"total_count":0}' }],
  ])('%s once at every third request: it ends as if nothing had been', async (_name, odd) => {
    world.clerk.put(...users(1_700))
    await runPass(world)
    world.clerk.put(...users(3, () => ({ updated_at: Date.now(), first_name: 'new' })))
    world.clerk.delete(user(1_000).id)
    let count = 0
    world.clerk.misbehave(() => {
      count += 1
      return count % 3 === 0 ? odd : undefined
    })
    expect(await runPass(world)).toMatchObject({ status: 'complete', counts: { removed: 1 } })
    expect(await world.sandbox.state()).toEqual(expected(world.clerk, [user(1_000).id]))
  })

  test('a wrong key fails the pass in plain words', async () => {
    world.clerk.misbehave(() => ({ status: 401, body: '{"errors":[{"code":"authentication_invalid"}]}' }))
    await expect(runPass(world, { id: 'locked' })).rejects.toThrow()
    expect(await run('locked')).toMatchObject({
      status: 'failed',
      reason: 'The service is not set up correctly (CLERK_SECRET_KEY, 401, authentication_invalid)',
    })
  })
})

test('a dry run reports what is missing, outdated, orphaned and in conflict, and changes nothing but its own row', async () => {
  world.clerk.put(...users(30))
  await runPass(world)
  world.clerk.put(user(40), user(41), user(3, { updated_at: Date.now() }))
  // 50 has the address of 4, who is gone from Clerk: only a repair would settle it.
  world.clerk.put(user(50, { email: user(4).email }))
  world.clerk.delete(user(4).id, user(5).id)
  const tables = async () => {
    const { rows } = await world.sandbox.pool.query(`
      select (select json_agg(t order by id) from users t) as users,
        (select json_agg(t order by user_id) from sync_state t) as states`)
    return rows
  }
  const before = await tables()
  const report = await runPass(world, { id: 'dry', dryRun: true })
  expect(report).toMatchObject({
    status: 'complete',
    counts: { missing: 3, outdated: 1, orphaned: 2, conflicts: 1, unchanged: 27, full: 1 },
  })
  expect(report.counts.removed).toBeUndefined()
  expect(await tables()).toEqual(before)
  expect(await run('dry')).toMatchObject({ dry_run: true, status: 'complete', counts: report.counts })
  expect((await runPass(world)).counts).toMatchObject({ created: 3, updated: 1, removed: 2 })
})

test('a dry run is no pass to build on: the first that writes compares everybody', async () => {
  world.clerk.put(...users(20))
  await runPass(world, { dryRun: true })
  expect((await runPass(world)).counts).toMatchObject({ created: 20, full: 1 })
})

test('a range cut into pieces loses nobody and has nobody twice', async () => {
  world.clerk.put(...users(6_000))
  const whole = { range: { after: 0, before: Date.now() }, users: 6_000 }
  const pieces = await divide(world.settings, whole, 500)
  expect(pieces.length).toBeGreaterThan(11)
  expect(pieces.at(0)?.range.after).toBe(whole.range.after)
  expect(pieces.at(-1)?.range.before).toBe(whole.range.before)
  const counts = await Promise.all(pieces.map(({ range }) => countUsers(world.settings, range)))
  expect(counts).toEqual(pieces.map((piece) => piece.users))
  expect(Math.max(...counts)).toBeLessThanOrEqual(500)
  expect(counts.reduce((total, count) => total + count, 0)).toBe(6_000)
  // A millisecond cannot be cut.
  world.clerk.clear()
  world.clerk.put(...users(50, () => ({ created_at: 7 })))
  expect(await divide(world.settings, { range: { after: 0, before: 1_000 }, users: 50 }, 10)).toContainEqual({
    range: { after: 6, before: 8 },
    users: 50,
  })
})
