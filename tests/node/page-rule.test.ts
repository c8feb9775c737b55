/**
 * The rule for a page: equal to the rule for one, whatever is held, whatever the page says, and whoever else writes at the
 * same moment.
 */
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { UserSnapshot } from '../../worker/clerk/user-json.ts'
import { query } from '../../worker/db/client.ts'
import { applyAll, applyAllWithHandover } from '../../worker/reconcile/page-rule.ts'
import { removeUsers } from '../../worker/reconcile/page-store.ts'
import { applySnapshot } from '../../worker/users/store.ts'
import { permutations } from '../support/permutations.ts'
import { lookAtPage, openSandbox, removeUser, type Sandbox, snapshot, takePage } from './rule.ts'

const ARRIVAL = { source: 'reconcile', seen: false } as const

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())

const empty = () => sandbox.pool.query('truncate users, sync_state cascade')
beforeEach(empty)

/** Every column of both tables but the moments at which we wrote. */
async function everything() {
  const { rows } = await sandbox.pool.query(`
    select user_id, version, deleted_at is not null as deleted, banned_at is not null as banned, source, u.*
    from sync_state full join users u on u.id = user_id order by user_id`)
  return rows
}

type Seed = { snapshot: UserSnapshot; gone: boolean }
const taken = (users: number, addresses: number, versions: number) =>
  fc
    .record({
      user: fc.nat(users - 1),
      version: fc.integer({ min: 1, max: versions }),
      address: fc.option(fc.nat(addresses - 1)),
      banned: fc.boolean(),
    })
    .map(
      ({ user, version, address, banned }): UserSnapshot => ({
        ...snapshot(`user_${user}`, version, address === null ? null : `a${address}@example.com`),
        banned,
        createdAt: new Date(1_700_000_000_123 + user),
      }),
    )

/** Clerk has one profile for one version of a user. */
const selector = ({ id, version }: UserSnapshot) => `${id} ${version}`
const pages = (users: number, addresses: number, versions: number, maxLength: number) =>
  fc.uniqueArray(taken(users, addresses, versions), { selector, maxLength })

async function seed(seeds: Seed[]) {
  for (const { snapshot, gone } of seeds) {
    await applySnapshot(sandbox.settings, snapshot, ARRIVAL)
    if (gone) await removeUser(sandbox.settings, snapshot.id)
  }
}

const newestFirst = (page: UserSnapshot[]) =>
  page.toSorted((a, b) => b.version - a.version || (a.id < b.id ? 1 : -1))

test('a page ends in what its snapshots one by one, the newest first, end in, and counts what they did', async () => {
  const arrangement = fc.record({
    seeds: fc.array(fc.record({ snapshot: taken(6, 4, 6), gone: fc.boolean() }), { maxLength: 12 }),
    page: pages(6, 4, 8, 10),
  })
  await fc.assert(
    fc.asyncProperty(arrangement, async ({ seeds, page }) => {
      await empty()
      await seed(seeds)
      const previewed = await lookAtPage(sandbox.settings, page)
      const counted = await takePage(sandbox.settings, page)
      const asPage = await everything()

      await empty()
      await seed(seeds)
      const outcomes: Record<string, number> = {}
      const newest = [
        ...new Map(
          newestFirst(page)
            .toReversed()
            .map((one) => [one.id, one]),
        ).values(),
      ]
      for (const one of newestFirst(newest)) {
        const { outcome } = await applySnapshot(sandbox.settings, one, ARRIVAL)
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      }
      expect(asPage).toEqual(await everything())
      const { conflicts: _, ...met } = counted
      expect(met).toEqual({ created: 0, updated: 0, unchanged: 0, stale: 0, deleted: 0, ...outcomes })
      const { conflicts: __, ...guessed } = previewed
      expect(guessed).toEqual(met)
    }),
    { numRuns: 80 },
  )
})

test('a page twice changes nothing the second time, nor does a look at it', async () => {
  const page = Array.from({ length: 500 }, (_, n) => snapshot(`user_${n}`, 5, `a${n}@example.com`))
  expect(await lookAtPage(sandbox.settings, page)).toMatchObject({ created: 500 })
  expect(await everything()).toEqual([])
  expect(await takePage(sandbox.settings, page)).toMatchObject({ created: 500, conflicts: 0 })
  const before = await sandbox.pool.query('select *, xmin::text from sync_state order by user_id')
  expect(await takePage(sandbox.settings, page)).toMatchObject({ created: 0, unchanged: 500 })
  expect(await lookAtPage(sandbox.settings, page)).toMatchObject({ created: 0, unchanged: 500 })
  const after = await sandbox.pool.query('select *, xmin::text from sync_state order by user_id')
  expect(after.rows).toEqual(before.rows)
})

test('two users of one page who have swapped addresses both hold what they have now', async () => {
  await takePage(sandbox.settings, [
    snapshot('user_A', 1, 'x@example.com'),
    snapshot('user_B', 1, 'y@example.com'),
  ])
  const swapped = [snapshot('user_A', 3, 'y@example.com'), snapshot('user_B', 3, 'x@example.com')]
  expect(await takePage(sandbox.settings, swapped)).toMatchObject({ updated: 2, conflicts: 0 })
  expect(await sandbox.state()).toMatchObject({
    user_A: { email: 'y@example.com' },
    user_B: { email: 'x@example.com' },
  })
})

test('an address that its holder lets go of on the same page is free, however new the holder’s claim was', async () => {
  await takePage(sandbox.settings, [snapshot('user_C', 4, 'x@example.com')])
  await takePage(sandbox.settings, [
    snapshot('user_A', 2, 'x@example.com'),
    snapshot('user_C', 5, 'z@example.com'),
  ])
  expect(await sandbox.state()).toMatchObject({
    user_A: { email: 'x@example.com' },
    user_C: { email: 'z@example.com' },
  })
})

test('of two claims inside one page the newest wins, and the other is counted as a conflict', async () => {
  const page = [snapshot('user_A', 2, 'x@example.com'), snapshot('user_B', 1, 'x@example.com')]
  expect(await takePage(sandbox.settings, page)).toMatchObject({ created: 2, conflicts: 1 })
  expect(await sandbox.state()).toMatchObject({ user_A: { email: 'x@example.com' }, user_B: { email: null } })
})

test('the tier is never touched, nor is when the user was last here', async () => {
  await applySnapshot(sandbox.settings, snapshot('user_A', 1, null), { source: 'login', seen: true })
  await sandbox.pool.query(`update users set tier = 'MAXX'`)
  await takePage(sandbox.settings, [snapshot('user_A', 2, 'a@example.com')])
  const { rows } = await sandbox.pool.query(
    'select tier, seen_at is not null as seen from users join sync_state on user_id = id',
  )
  expect(rows).toEqual([{ tier: 'MAXX', seen: true }])
})

test('an empty page, an emoji, quotes, backslashes and braces are what they are', async () => {
  expect(await takePage(sandbox.settings, [])).toMatchObject({ created: 0 })
  const odd = ['{"a",NULL}', "O'Brien\\", '🦆', 'NULL', '', ' , ']
  await takePage(
    sandbox.settings,
    odd.map((name, n) => snapshot(`user_${n}`, 1, null, name)),
  )
  const { rows } = await sandbox.pool.query('select first_name from users order by id')
  expect(rows.map((row) => row.first_name)).toEqual(odd)
})

test('pages, single snapshots and deletions at once, in any order, end in Clerk’s truth', async () => {
  const CONNECTIONS = 40
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { minLength: 200, maxLength: 200 }), async (dice) => {
      await empty()
      const { truth, writes } = life(dice)
      const queue = writes.toSorted((a, b) => a.at - b.at).map(({ write }) => write)
      const courier = async () => {
        for (let write = queue.pop(); write; write = queue.pop()) await write()
      }
      await Promise.all(Array.from({ length: CONNECTIONS }, courier))
      expect(await sandbox.state()).toEqual(truth)
    }),
    { numRuns: 12 },
  )
})

/**
 * Clerk's users as they really go: one clock, one holder for an address. Every change comes as a page of all who are
 * there, or alone, some both ways and often; `at` is where the dice put it in the order of delivery.
 */
function life(dice: number[]) {
  const users = 12
  const held = new Map<string, UserSnapshot>()
  const gone = new Set<string>()
  const writes: { at: number; write: () => Promise<unknown> }[] = []
  dice.forEach((die, n) => {
    const id = `user_${String.fromCharCode(65 + (die % users))}`
    const email = die % 7 === 0 ? null : `a${(die >> 4) % 8}@example.com`
    const isFree = ![...held.values()].some((other) => other.id !== id && other.email === email)
    const at = (die * 2_654_435_761) % 4_294_967_296
    if (gone.has(id)) return
    if (die % 31 === 0) {
      held.delete(id)
      gone.add(id)
      const single = n % 2 === 0
      writes.push({
        at,
        write: () => (single ? removeUser(sandbox.settings, id) : removeUsers(sandbox.settings, [id])),
      })
      return
    }
    const one = snapshot(id, 1000 + n, email === null || isFree ? email : (held.get(id)?.email ?? null))
    held.set(id, one)
    const page = [...held.values()]
    if (n % 3 !== 0) writes.push({ at, write: () => applySnapshot(sandbox.settings, one, ARRIVAL) })
    if (n % 3 !== 1) writes.push({ at: at ^ 0xffff, write: () => takePage(sandbox.settings, page) })
  })
  const states = [
    ...[...held.values()].map(
      ({ id, version, email, firstName }) => [id, { deleted: false, version, email, firstName }] as const,
    ),
    ...[...gone].map((id) => [id, { deleted: true }] as const),
  ]
  return { truth: Object.fromEntries(states), writes }
}

test('claims of one millisecond inside a page are settled by the id, in whatever order they are listed', async () => {
  for (const ids of permutations(['user_A', 'user_B', 'user_C'])) {
    await empty()
    await takePage(
      sandbox.settings,
      ids.map((id) => snapshot(id, 5, 'x@example.com')),
    )
    expect(await sandbox.state()).toMatchObject({
      user_A: { email: null },
      user_B: { email: null },
      user_C: { email: 'x@example.com' },
    })
  }
})

test.each([
  ['snapshot by snapshot', (one: UserSnapshot) => applySnapshot(sandbox.settings, one, ARRIVAL)],
  ['page by page', (one: UserSnapshot) => takePage(sandbox.settings, [one])],
])(
  'whoever is banned is so since the first snapshot that says it, until one lifts the ban: %s',
  async (_name, take) => {
    const bannedSince = async (version: number, banned: boolean): Promise<Date | null> => {
      await take({ ...snapshot('user_A', version, null), banned })
      const { rows } = await sandbox.pool.query('select banned_at from sync_state')
      return rows[0].banned_at
    }
    const since = await bannedSince(1, true)
    expect(since).toEqual(expect.any(Date))
    expect(await bannedSince(2, true)).toEqual(since)
    expect(await bannedSince(3, false)).toBeNull()
    expect(await bannedSince(4, true)).not.toEqual(since)
  },
)

test('an erasure that takes longer than a person would wait is waited for', async () => {
  await takePage(sandbox.settings, [snapshot('user_A', 1, null), snapshot('user_B', 1, null)])
  sandbox.neon.arm({ match: { body: 'delete from users' }, act: { kind: 'delay', ms: 3_000 } })
  const erased = removeUsers(sandbox.settings, ['user_A']).finally(() => sandbox.neon.clear())
  expect(await erased).toBe(1)
  expect(await sandbox.state()).toMatchObject({ user_A: { deleted: true }, user_B: { deleted: false } })
})

test.each([
  ['', applyAll],
  [' that hands addresses over', applyAllWithHandover],
])(
  'for a page%s no table is read whole, and a row is waited for as long as it takes',
  async (_name, take) => {
    const [first] = take([])
    const [, { rows }] = await query(sandbox.settings, (db) =>
      db.batch([
        db.execute(first),
        db.execute(
          sql`select current_setting('enable_seqscan') as whole, current_setting('lock_timeout') as patience`,
        ),
      ]),
    )
    expect(rows).toEqual([{ whole: 'off', patience: '0' }])
  },
)
