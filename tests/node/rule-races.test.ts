/** The known races of single users, one by one and on purpose. Storms alone do not find them reliably. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { UserSnapshot } from '../../worker/clerk/user-json.ts'
import { query } from '../../worker/db/client.ts'
import { apply, applyWithHandover, tombstone } from '../../worker/users/rule.ts'
import { applySnapshot } from '../../worker/users/store.ts'
import { hold, race, run, untilSomebodyWaits } from './races.ts'
import { openSandbox, removeUser, type Sandbox, snapshot } from './rule.ts'

const ARRIVAL = { source: 'login', seen: false } as const

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.pool.query('truncate users, sync_state cascade'))

const sync = (taken: UserSnapshot) => applySnapshot(sandbox.settings, taken, ARRIVAL)

test('a deletion that meets a user being created deletes that user', async () => {
  const outcome = await race(sandbox, apply(snapshot('user_A', 1, 'a@example.com'), ARRIVAL), () =>
    removeUser(sandbox.settings, 'user_A'),
  )
  expect(outcome).toBe('deleted')
  expect(await sandbox.state()).toEqual({ user_A: { deleted: true } })
})

test('a sync that meets a deletion does not revive the user', async () => {
  await sync(snapshot('user_A', 1, 'a@example.com'))
  const { outcome } = await race(sandbox, tombstone(['user_A'], 'webhook'), () =>
    sync(snapshot('user_A', 2, 'a@example.com')),
  )
  expect(outcome).toBe('deleted')
  expect(await sandbox.state()).toEqual({ user_A: { deleted: true } })
})

test('a first sync that meets the deletion of an unknown user leaves the tombstone', async () => {
  const { outcome } = await race(sandbox, tombstone(['user_A'], 'webhook'), () =>
    sync(snapshot('user_A', 2, 'a@example.com')),
  )
  expect(outcome).toBe('deleted')
  expect(await sandbox.state()).toEqual({ user_A: { deleted: true } })
})

test('a sync that meets a deletion which is rolled back is applied', async () => {
  await sync(snapshot('user_A', 1, 'a@example.com'))
  const { outcome } = await race(
    sandbox,
    tombstone(['user_A'], 'webhook'),
    () => sync(snapshot('user_A', 2, 'a@example.com')),
    'rollback',
  )
  expect(outcome).toBe('updated')
  expect(await sandbox.state()).toMatchObject({ user_A: { deleted: false, version: 2 } })
})

test('an old snapshot that meets a newer one of the same user is stale', async () => {
  await sync(snapshot('user_A', 1, null))
  const { outcome } = await race(sandbox, apply(snapshot('user_A', 3, null), ARRIVAL), () =>
    sync(snapshot('user_A', 2, null)),
  )
  expect(outcome).toBe('stale')
  expect(await sandbox.state()).toMatchObject({ user_A: { version: 3, firstName: 'v3' } })
})

test('two first syncs of one user at once make one user', async () => {
  const taken = snapshot('user_A', 1, 'a@example.com')
  const { outcome } = await race(sandbox, apply(taken, ARRIVAL), () => sync(taken))
  expect(outcome).toBe('unchanged')
  expect(await sandbox.state()).toMatchObject({ user_A: { version: 1 } })
})

test('a claim that meets a holder being created takes the address from the older claim', async () => {
  const { outcome, standing } = await race(
    sandbox,
    apply(snapshot('user_B', 1, 'x@example.com'), ARRIVAL),
    () => sync(snapshot('user_A', 2, 'x@example.com')),
  )
  expect(outcome).toBe('created')
  expect(standing).toMatchObject({ user: { email: 'x@example.com' } })
  expect(await sandbox.state()).toMatchObject({ user_A: { email: 'x@example.com' }, user_B: { email: null } })
})

test('a claim does not take an address from a holder whose newer version is being written', async () => {
  await sync(snapshot('user_B', 1, 'x@example.com'))
  // B renews its claim at version 3 while A comes with version 2: whoever reads B as it was would hand x to A.
  const { standing } = await race(sandbox, apply(snapshot('user_B', 3, 'x@example.com'), ARRIVAL), () =>
    sync(snapshot('user_A', 2, 'x@example.com')),
  )
  expect(standing).toMatchObject({ user: { email: null } })
  expect(await sandbox.state()).toMatchObject({
    user_A: { email: null },
    user_B: { email: 'x@example.com', version: 3 },
  })
})

test('a claim that meets a holder who is letting go gets the address', async () => {
  await sync(snapshot('user_B', 1, 'x@example.com'))
  await race(sandbox, apply(snapshot('user_B', 2, null), ARRIVAL), () =>
    sync(snapshot('user_A', 3, 'x@example.com')),
  )
  expect(await sandbox.state()).toMatchObject({
    user_A: { email: 'x@example.com' },
    user_B: { email: null, version: 2 },
  })
})

test('a claim that meets the deletion of the holder gets the address', async () => {
  await sync(snapshot('user_B', 1, 'x@example.com'))
  await race(sandbox, tombstone(['user_B'], 'webhook'), () => sync(snapshot('user_A', 2, 'x@example.com')))
  expect(await sandbox.state()).toMatchObject({
    user_A: { email: 'x@example.com' },
    user_B: { deleted: true },
  })
})

// Between the attempt that was refused and the handover anything may happen: so the handover alone is raced here.

test('a handover waits for a holder who is being written, and believes what it then finds', async () => {
  await sync(snapshot('user_B', 1, 'x@example.com'))
  await race(sandbox, apply(snapshot('user_B', 3, 'x@example.com'), ARRIVAL), async () => {
    await run(sandbox, applyWithHandover(snapshot('user_A', 2, 'x@example.com'), ARRIVAL))
  })
  expect(await sandbox.state()).toMatchObject({
    user_A: { email: null },
    user_B: { email: 'x@example.com', version: 3 },
  })
})

test('a handover waits for the deletion of its own user, and then takes nothing from anybody', async () => {
  await sync(snapshot('user_B', 1, 'x@example.com'))
  await race(sandbox, tombstone(['user_A'], 'webhook'), () =>
    run(sandbox, applyWithHandover(snapshot('user_A', 2, 'x@example.com'), ARRIVAL)),
  )
  expect(await sandbox.state()).toMatchObject({
    user_A: { deleted: true },
    user_B: { email: 'x@example.com' },
  })
})

test('a handover that waits for a long burial holds nobody else up, and is carried out after it', async () => {
  await sync(snapshot('user_A', 1, 'x@example.com'))
  const held = await hold(sandbox, tombstone(['user_C'], 'reconcile'))
  const handover = run(sandbox, applyWithHandover(snapshot('user_B', 2, 'x@example.com'), ARRIVAL))
  await untilSomebodyWaits(sandbox)
  // Whoever comes behind the handover waits for it, and it waits for the burial.
  await Promise.all(['user_D', 'user_E'].map((id) => sync(snapshot(id, 1, null))))
  expect(await sandbox.state()).toMatchObject({ user_D: { version: 1 }, user_E: { version: 1 } })
  await held.finish('commit')
  await handover
  expect(await sandbox.state()).toMatchObject({
    user_A: { email: null },
    user_B: { email: 'x@example.com' },
    user_C: { deleted: true },
  })
})

test('a handover that has given way more often than an answer may be lost is still carried out', async () => {
  await sync(snapshot('user_A', 1, 'x@example.com'))
  const held = await hold(sandbox, tombstone(['user_C'], 'reconcile'))
  const before = sandbox.neon.requests.length
  const handover = sync(snapshot('user_B', 2, 'x@example.com'))
  // One finds that the address is somebody's, two have given way, and the next is waiting.
  const third = expect.poll(() => sandbox.neon.requests.length - before, { timeout: 20_000 }).toBe(4)
  await Promise.race([third, handover]).finally(() => held.finish('commit'))
  await Promise.all([third, handover])
  expect(await sandbox.state()).toMatchObject({ user_A: { email: null }, user_B: { email: 'x@example.com' } })
})

test.each([
  ['is stale by now', () => sync(snapshot('user_A', 5, null))],
  ['is deleted by now', () => removeUser(sandbox.settings, 'user_A')],
])('a handover to a user who %s takes nothing from anybody', async (_name, meanwhile) => {
  await sync(snapshot('user_B', 1, 'x@example.com'))
  await meanwhile()
  const before = await sandbox.state()
  await run(sandbox, applyWithHandover(snapshot('user_A', 2, 'x@example.com'), ARRIVAL))
  expect(await sandbox.state()).toEqual(before)
})

test('two claims of one millisecond are settled by the id, in both orders', async () => {
  for (const order of [
    ['user_A', 'user_B'],
    ['user_B', 'user_A'],
  ]) {
    await sandbox.pool.query('truncate users, sync_state cascade')
    for (const id of order) await sync(snapshot(id, 7, 'x@example.com'))
    expect(await sandbox.state()).toMatchObject({
      user_A: { email: null },
      user_B: { email: 'x@example.com' },
    })
  }
})

test('two users who take each other’s address at the same moment do not end in a deadlock', async () => {
  await sync(snapshot('user_A', 1, 'x@example.com'))
  await sync(snapshot('user_B', 2, 'y@example.com'))
  // A, held, has let go of x and wants y; B wants x: each waits for the other until PostgreSQL or the rule decides.
  const held = await hold(sandbox, apply(snapshot('user_A', 3, 'z@example.com'), ARRIVAL))
  const b = sync(snapshot('user_B', 5, 'x@example.com'))
  await untilSomebodyWaits(sandbox)
  const a = sync(snapshot('user_A', 4, 'y@example.com'))
  await held.finish('commit')
  await Promise.all([a, b])
  expect(await sandbox.state()).toMatchObject({
    user_A: { email: 'y@example.com' },
    user_B: { email: 'x@example.com' },
  })
})

test('every batch runs at READ COMMITTED, whatever the database has been told', async () => {
  const other = await openSandbox()
  await other.pool.query(`
    do $$ begin
      execute format('alter database %I set default_transaction_isolation = serializable', current_database());
    end $$`)
  const isolation = sql`select current_setting('transaction_isolation') as level`
  const [batched] = await query(other.settings, (db) => db.batch([db.execute<{ level: string }>(isolation)]))
  const single = await query(other.settings, (db) => db.execute<{ level: string }>(isolation))
  expect(single.rows).toEqual([{ level: 'serializable' }])
  expect(batched.rows).toEqual([{ level: 'read committed' }])
  await other.close()
})

test('a handover that has waited for the others waits for a row as long as it takes', async () => {
  const [wait] = applyWithHandover(snapshot('user_A', 1, 'x@example.com'), ARRIVAL)
  const patience = sql`select current_setting('lock_timeout') as patience`
  const [, { rows }] = await query(sandbox.settings, (db) =>
    db.batch([db.execute(wait), db.execute(patience)]),
  )
  expect(rows).toEqual([{ patience: '0' }])
})

test('a deletion that takes longer than a person would wait is waited for', async () => {
  await sync(snapshot('user_A', 1, null))
  sandbox.neon.arm({ match: { body: 'delete from users' }, act: { kind: 'delay', ms: 3_000 } })
  const removed = removeUser(sandbox.settings, 'user_A').finally(() => sandbox.neon.clear())
  expect(await removed).toBe('deleted')
})
