/** A tier is changed by people alone, and its changes are one unbroken chain: under races, repetitions and lost answers. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startNeon } from '../../dev/neon/index.ts'
import { TIERS } from '../../worker/db/enums.ts'
import { changeTier, findUser } from '../../worker/quota/tier-store.ts'
import { applySnapshot } from '../../worker/users/store.ts'
import { openSandbox, removeUser, type Sandbox, snapshot } from './rule.ts'

const ARRIVAL = { source: 'login', seen: false } as const

let sandbox: Sandbox
let neon: Awaited<ReturnType<typeof startNeon>>
beforeAll(async () => {
  sandbox = await openSandbox()
  // An endpoint of their own in front of the same database, whose answers can be lost and whose requests be counted.
  neon = await startNeon({ port: 0, connectionString: sandbox.settings.DATABASE_URL })
  sandbox.settings.NEON_FETCH_ENDPOINT = neon.url
})
afterAll(async () => {
  await neon.stop()
  await sandbox.close()
})
beforeEach(async () => {
  await sandbox.pool.query('truncate users, sync_state cascade')
  await sync(1)
  neon.faults.requests = []
})
afterEach(() => neon.faults.clear())

const sync = (version: number, id = 'user_ada', email: string | null = `${id}@example.com`) =>
  applySnapshot(sandbox.settings, snapshot(id, version, email), ARRIVAL)
const change = (tier: (typeof TIERS)[number], actor = 'cli', id = 'user_ada') =>
  changeTier(sandbox.settings, id, tier, actor)

async function held(id = 'user_ada') {
  const { rows } = await sandbox.pool.query<{ tier: string }>('select tier from users where id = $1', [id])
  return rows[0]?.tier
}

async function changes() {
  const { rows } = await sandbox.pool.query<{ from: string; to: string; actor: string }>(
    'select from_tier as "from", to_tier as "to", actor from tier_changes order by changed_at, id',
  )
  return rows
}

test('a change is made and noted with who made it, in one request to the database', async () => {
  expect(await change('PRO', 'user_grace')).toEqual({ outcome: 'changed', from: 'FREE', to: 'PRO' })
  expect(neon.faults.requests).toHaveLength(1)
  expect(await held()).toBe('PRO')
  expect(await changes()).toEqual([{ from: 'FREE', to: 'PRO', actor: 'user_grace' }])
})

test('the same change again changes nothing and leaves no second row', async () => {
  await change('MAXX')
  expect(await change('MAXX', 'user_grace')).toEqual({ outcome: 'unchanged', from: 'MAXX', to: 'MAXX' })
  expect(await changes()).toEqual([{ from: 'FREE', to: 'MAXX', actor: 'cli' }])
})

test('a change whose answer was lost is sent once more and noted once', async () => {
  neon.faults.arm({ times: 1, act: { kind: 'lose-answer' } })
  expect(await change('PRO')).toEqual({ outcome: 'unchanged', from: 'PRO', to: 'PRO' })
  expect(neon.faults.requests).toHaveLength(2)
  expect(await changes()).toEqual([{ from: 'FREE', to: 'PRO', actor: 'cli' }])
})

test('a user who never was, and one who was deleted, are unknown, and nothing is noted', async () => {
  await removeUser(sandbox.settings, 'user_ada')
  expect(await change('PRO')).toEqual({ outcome: 'unknown' })
  expect(await change('PRO', 'cli', 'user_nobody')).toEqual({ outcome: 'unknown' })
  expect(await changes()).toEqual([])
})

test('a deletion takes the record along', async () => {
  await change('PRO')
  await removeUser(sandbox.settings, 'user_ada')
  expect(await changes()).toEqual([])
})

test('no sync touches a tier, and no change of a tier a version', async () => {
  await change('PRO')
  expect(await sync(2)).toMatchObject({ outcome: 'updated', standing: { version: 2, user: { tier: 'PRO' } } })
  await change('MAXX')
  expect(await sync(2)).toMatchObject({
    outcome: 'unchanged',
    standing: { version: 2, user: { tier: 'MAXX' } },
  })
})

test('32 changes at once, among syncs of the same user, are one chain that ends in the tier that is held', async () => {
  const asked = Array.from({ length: 32 }, (_, nth) => TIERS[nth % TIERS.length] ?? 'FREE')
  const outcomes = await Promise.all(
    asked.flatMap((tier, nth) => [
      change(tier, `user_admin${nth}`),
      nth % 4 === 0 ? sync(nth + 2) : undefined,
    ]),
  )
  const made = outcomes.filter((one) => one?.outcome === 'changed')
  const chain = await changes()
  expect(chain).toHaveLength(made.length)
  // Each of the three tiers was asked for, so whatever the order was, it has changed at least once to each of two.
  expect(chain.length).toBeGreaterThanOrEqual(2)
  expect(chain.map(({ from }) => from)).toEqual(['FREE', ...chain.slice(0, -1).map(({ to }) => to)])
  expect(await held()).toBe(chain.at(-1)?.to)
  for (const { from, to } of chain) expect(from).not.toBe(to)
})

test('a change waits for one that is under way, and begins where that has ended', async () => {
  const client = await sandbox.pool.connect()
  await client.query('begin')
  await client.query(`update users set tier = 'MAXX' where id = 'user_ada'`)
  const second = change('PRO')
  await untilSomebodyWaits()
  await client.query('commit')
  client.release()
  expect(await second).toEqual({ outcome: 'changed', from: 'MAXX', to: 'PRO' })
  expect(await changes()).toEqual([{ from: 'MAXX', to: 'PRO', actor: 'cli' }])
})

test('a change that meets a deletion finds nobody', async () => {
  const client = await sandbox.pool.connect()
  await client.query('begin')
  await client.query(`delete from users where id = 'user_ada'`)
  const second = change('PRO')
  await untilSomebodyWaits()
  await client.query('commit')
  client.release()
  expect(await second).toEqual({ outcome: 'unknown' })
  expect(await changes()).toEqual([])
})

async function untilSomebodyWaits() {
  for (;;) {
    const { rows } = await sandbox.pool.query(
      `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rows[0].waiting > 0) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('a user is found by id or address, however the address is written', async () => {
  const ada = { id: 'user_ada', email: 'user_ada@example.com' }
  expect(await findUser(sandbox.settings, 'user_ada')).toEqual(ada)
  expect(await findUser(sandbox.settings, 'User_Ada@Example.com')).toEqual(ada)
  expect(await findUser(sandbox.settings, 'user_a')).toBeUndefined()
  await sync(1, 'user_shouting', 'User_Ada@Example.com')
  expect(await findUser(sandbox.settings, 'User_Ada@Example.com')).toMatchObject({ id: 'user_shouting' })
  await sync(1, 'user_silent', null)
  expect(await findUser(sandbox.settings, 'user_silent')).toEqual({ id: 'user_silent', email: null })
})
