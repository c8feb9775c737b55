/** Changes of a tier by several admins at the same moment. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setTier } from '../../worker/admin/users/tier-store.ts'
import { TIERS } from '../../worker/db/enums.ts'
import { applySnapshot } from '../../worker/users/store.ts'
import { openSandbox, type Sandbox, snapshot } from './rule.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())

test('many at once leave a chain of notes from the first tier to the last, also while syncs go on', async () => {
  const arrival = { source: 'login', seen: true } as const
  await applySnapshot(sandbox.settings, snapshot('user_A', 1, 'a@example.com'), arrival)
  const tiers = Array.from({ length: 60 }, (_, n) => TIERS[(n * 7) % 3] ?? 'FREE')
  const writes = tiers.map((tier, n) => [
    setTier(sandbox.settings, `user_Admin${n % 4}`, { id: 'user_A', tier, zone: 'UTC' }),
    applySnapshot(sandbox.settings, snapshot('user_A', n + 2, 'a@example.com'), arrival),
  ])
  await Promise.all(writes.flat())

  const { rows } = await sandbox.pool.query('select from_tier, to_tier from tier_changes order by id')
  const held = await sandbox.pool.query('select tier from users')
  const chain = ['FREE', ...rows.map((note) => note.to_tier)]
  expect(rows.length).toBeGreaterThan(2)
  expect(rows.map((note) => note.from_tier)).toEqual(chain.slice(0, -1))
  expect(rows.every((note) => note.from_tier !== note.to_tier)).toBe(true)
  expect(held.rows).toEqual([{ tier: chain.at(-1) }])
})
