/** Rows that somebody has damaged by hand, while the version that is held says that all is well. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { UserSnapshot } from '../../worker/clerk/user-json.ts'
import { applyDelivery, applySnapshot } from '../../worker/users/store.ts'
import { openWorld, runPass, user, users, type World } from './reconcile.ts'
import { lookAtPage, removeUser, snapshot, takePage } from './rule.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.empty())

const login = async (one: UserSnapshot) =>
  (await applySnapshot(world.settings, one, { source: 'login', seen: false })).outcome
const webhook = (one: UserSnapshot) =>
  applyDelivery(world.settings, one, { messageId: randomUUID(), type: 'user.updated' })
const page = async (one: UserSnapshot) => {
  const met = Object.entries(await takePage(world.settings, [one])).filter(([, count]) => count > 0)
  return met.map(([outcome]) => outcome).join()
}

const everything = async () => {
  const { rows } = await world.sandbox.pool.query(
    'select users.*, sync_state.* from sync_state full join users on id = user_id order by user_id',
  )
  return rows
}
const damage = (set: string) => world.sandbox.pool.query(`update users set ${set} where id = $1`, [ANN.id])

const ANN: UserSnapshot = {
  ...snapshot('user_Ann', 1_700_000_000_123, 'ann@example.com'),
  lastName: 'Lee',
  imageUrl: 'https://img.clerk.com/ann',
  createdAt: new Date(1_600_000_000_001),
}

describe.each([
  ['a login', login],
  ['a webhook', webhook],
  ['a page', page],
])('%s of the version that is held', (_name, door) => {
  test('brings back a user whose row is gone', async () => {
    await webhook(ANN)
    const whole = await everything()
    await world.sandbox.pool.query('delete from users')
    expect(await door(ANN)).toBe('created')
    expect(await everything()).toEqual(whole)
    expect(await door(ANN)).toBe('unchanged')
  })

  test('brings nobody back who was deleted, or is newer with us', async () => {
    await webhook(ANN)
    await removeUser(world.settings, ANN.id)
    expect(await door(ANN)).toBe('deleted')
    await world.empty()
    await webhook({ ...ANN, version: ANN.version + 1 })
    await world.sandbox.pool.query('delete from users')
    expect(await door(ANN)).toBe('stale')
    expect((await world.sandbox.pool.query('select from users')).rowCount).toBe(0)
  })

  test('gives back no address that another has claimed since', async () => {
    await webhook(ANN)
    await webhook(snapshot('user_Bob', ANN.version + 1, ANN.email))
    await world.sandbox.pool.query(`delete from users where id = 'user_Ann'`)
    expect(await door(ANN)).toMatch(/^created/)
    expect(await world.sandbox.state()).toMatchObject({
      user_Ann: { email: null, firstName: ANN.firstName },
      user_Bob: { email: ANN.email },
    })
  })
})

const DAMAGES = [
  `first_name = 'X'`,
  'last_name = null',
  `image_url = 'https://example.com/x'`,
  `email = 'x@example.com'`,
  'email = null',
  `created_at = created_at + interval '1 millisecond'`,
  `updated_at = updated_at - interval '1 day'`,
]

describe.each(DAMAGES)('after %s', (set) => {
  test.each([
    ['a login', login],
    ['a page', page],
  ])('%s of the version that is held restores the row', async (_name, door) => {
    await webhook(ANN)
    await webhook(snapshot('user_Bob', ANN.version, 'bob@example.com'))
    await world.sandbox.pool.query(`update users set tier = 'MAXX'`)
    const whole = await everything()
    await damage(set)
    expect(await lookAtPage(world.settings, [ANN])).toMatchObject({ updated: 1, unchanged: 0 })
    expect(await door(ANN)).toBe('updated')
    expect(await everything()).toEqual(whole)
    expect(await lookAtPage(world.settings, [ANN])).toMatchObject({ updated: 0, unchanged: 1 })
    expect(await door(ANN)).toBe('unchanged')
  })

  test('a webhook of the version that is held changes nothing: it may be as old as the damage', async () => {
    await webhook(ANN)
    await damage(set)
    const damaged = await everything()
    expect(await webhook(ANN)).toBe('unchanged')
    expect(await everything()).toEqual(damaged)
  })
})

describe.each([
  ['a login', login],
  ['a page', page],
])('to %s', (_name, door) => {
  test('a ban that somebody lifted by hand, or made up, is as Clerk has it', async () => {
    await webhook({ ...ANN, banned: true })
    await world.sandbox.pool.query('update sync_state set banned_at = null')
    expect(await door({ ...ANN, banned: true })).toBe('updated')
    expect(await everything()).toMatchObject([{ banned_at: expect.any(Date) }])
    await webhook({ ...ANN, version: ANN.version + 1 })
    await world.sandbox.pool.query('update sync_state set banned_at = now()')
    expect(await door({ ...ANN, version: ANN.version + 1 })).toBe('updated')
    expect(await everything()).toMatchObject([{ banned_at: null }])
  })

  test('an address that a newer claim holds is no damage', async () => {
    await webhook(ANN)
    await webhook(snapshot('user_Bob', ANN.version + 1, ANN.email))
    const before = await everything()
    expect(await door(ANN)).toMatch(/^unchanged/)
    expect(await everything()).toEqual(before)
    await damage(`first_name = 'X'`)
    expect(await door(ANN)).toMatch(/^updated/)
    expect(await everything()).toEqual(before)
  })

  test('an address that an older claim holds, by whatever accident, is taken back', async () => {
    await webhook(ANN)
    await webhook(snapshot('user_Bob', ANN.version - 1, null))
    await damage('email = null')
    await world.sandbox.pool.query(`update users set email = $1 where id = 'user_Bob'`, [ANN.email])
    expect(await door(ANN)).toMatch(/^updated/)
    expect(await world.sandbox.state()).toMatchObject({
      user_Ann: { email: ANN.email },
      user_Bob: { email: null },
    })
  })
})

test('two users of one page whose addresses somebody has swapped by hand get their own back, and so does who lost one to them', async () => {
  const whole = [
    snapshot('user_A', 5, 'a@example.com'),
    snapshot('user_B', 6, 'b@example.com'),
    snapshot('user_C', 7, 'c@example.com'),
  ]
  await takePage(world.settings, whole)
  const before = await everything()
  await world.sandbox.pool.query('update users set email = null')
  for (const [id, email] of [
    ['user_A', 'c@example.com'],
    ['user_B', 'a@example.com'],
  ])
    await world.sandbox.pool.query('update users set email = $2 where id = $1', [id, email])
  expect(await lookAtPage(world.settings, whole)).toMatchObject({ updated: 3 })
  expect(await takePage(world.settings, whole)).toMatchObject({ updated: 3, unchanged: 0, stale: 0 })
  expect(await everything()).toEqual(before)
  expect(await takePage(world.settings, whole)).toMatchObject({ updated: 0, unchanged: 3 })
})

test('who only loses an address to the page, and cannot have their own, is unchanged, as one by one', async () => {
  await takePage(world.settings, [snapshot('user_B', 6, 'b@example.com')])
  const page = [
    snapshot('user_A', 8, 'b@example.com'),
    snapshot('user_B', 6, 'c@example.com', 'v6'),
    snapshot('user_C', 8, 'c@example.com'),
  ]
  expect(await takePage(world.settings, page)).toMatchObject({ created: 2, updated: 0, unchanged: 1 })
  expect(await world.sandbox.state()).toMatchObject({ user_B: { email: null } })
})

test('a pass over everybody finds damaged rows and lost ones, a dry run says so first, and nobody else is touched', async () => {
  world.clerk.put(...users(1_200))
  await runPass(world)
  const whole = await everything()
  await world.sandbox.pool.query(`update users set first_name = 'X' where id in ($1, $2)`, [
    user(3).id,
    user(900).id,
  ])
  await world.sandbox.pool.query('delete from users where id = $1', [user(4).id])
  const look = await runPass(world, { dryRun: true, full: true })
  expect(look.counts).toMatchObject({ missing: 1, outdated: 2, unchanged: 1_197 })
  const { counts } = await runPass(world, { full: true })
  expect(counts).toMatchObject({ created: 1, updated: 2, unchanged: 1_197, apart: 0 })
  expect(await everything()).toEqual(whole)
})
