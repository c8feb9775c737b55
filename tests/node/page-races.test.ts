/** The known races of pages, one by one and on purpose: with deletions, single snapshots, holders of addresses, other pages. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { UserSnapshot } from '../../worker/clerk/user-json.ts'
import { applyAll, applyAllWithHandover } from '../../worker/reconcile/page-rule.ts'
import { removeUsers } from '../../worker/reconcile/page-store.ts'
import { apply, applyWithHandover, tombstone } from '../../worker/users/rule.ts'
import { applySnapshot } from '../../worker/users/store.ts'
import { hold, race, run, untilSomebodyWaits } from './races.ts'
import { openSandbox, removeUser, type Sandbox, snapshot, takePage } from './rule.ts'

const ARRIVAL = { source: 'webhook', seen: false } as const

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.pool.query('truncate users, sync_state cascade'))

const [A, B, C, D] = ['user_A', 'user_B', 'user_C', 'user_D'] as const
const [X, Y, Z] = ['x@example.com', 'y@example.com', 'z@example.com'] as const

const page = (...snapshots: UserSnapshot[]) => takePage(sandbox.settings, snapshots)
const sync = (taken: UserSnapshot) => applySnapshot(sandbox.settings, taken, ARRIVAL)
const state = () => sandbox.state()

/** These users at this version, without addresses. */
const at = (version: number, ...ids: string[]) => ids.map((id) => snapshot(id, version, null))
const is = (version: number) => ({ deleted: false, version, firstName: `v${version}` })
const none = { created: 0, updated: 0, unchanged: 0, stale: 0, deleted: 0, conflicts: 0 }

describe('a page and a deletion', () => {
  test('a page that meets the deletion of one of its users does not revive the user, and writes the others', async () => {
    await page(...at(1, A, B))
    const met = await race(sandbox, tombstone([A], 'webhook'), () => page(...at(2, A, B, C)))
    expect(met).toEqual({ ...none, created: 1, updated: 1, stale: 1 })
    expect(await state()).toEqual({
      [A]: { deleted: true },
      [B]: { ...is(2), email: null },
      [C]: { ...is(2), email: null },
    })
  })

  test('a page that meets the deletion of a user whom we never had leaves the tombstone', async () => {
    const met = await race(sandbox, tombstone([B], 'webhook'), () => page(...at(2, A, B)))
    expect(met).toEqual({ ...none, created: 1, stale: 1 })
    expect(await state()).toMatchObject({ [A]: is(2), [B]: { deleted: true } })
  })

  test('a page that meets a deletion which is rolled back is applied whole', async () => {
    await page(...at(1, A, B))
    const met = await race(sandbox, tombstone([A], 'webhook'), () => page(...at(2, A, B)), 'rollback')
    expect(met).toEqual({ ...none, updated: 2 })
    expect(await state()).toMatchObject({ [A]: is(2), [B]: is(2) })
  })

  test('a deletion that meets a page which creates the user deletes that user, and no other', async () => {
    const outcome = await race(sandbox, applyAll(at(1, A, B, C)), () => removeUser(sandbox.settings, B))
    expect(outcome).toBe('deleted')
    expect(await state()).toMatchObject({ [A]: is(1), [B]: { deleted: true }, [C]: is(1) })
  })

  test('a page that meets the burial of several revives none of them', async () => {
    await page(...at(1, A, B, C))
    const met = await race(sandbox, tombstone([C, A], 'reconcile'), () => page(...at(2, C, B, A)))
    expect(met).toEqual({ ...none, updated: 1, stale: 2 })
    expect(await state()).toMatchObject({ [A]: { deleted: true }, [B]: is(2), [C]: { deleted: true } })
  })

  test('the burial of several that meets a page which creates them buries them all', async () => {
    const buried = await race(sandbox, applyAll(at(1, A, B, C)), () => removeUsers(sandbox.settings, [C, A]))
    expect(buried).toBe(2)
    expect(await state()).toMatchObject({ [A]: { deleted: true }, [B]: is(1), [C]: { deleted: true } })
  })
})

describe('a page and a single snapshot', () => {
  test('a page that meets a newer snapshot of one of its users leaves it, and writes the others', async () => {
    await page(...at(1, A, B))
    const met = await race(sandbox, apply(snapshot(A, 3, X), ARRIVAL), () => page(...at(2, A, B)))
    expect(met).toEqual({ ...none, updated: 1, stale: 1 })
    expect(await state()).toMatchObject({ [A]: { ...is(3), email: X }, [B]: is(2) })
  })

  test('a page that meets a newer snapshot of a user who is being created leaves it', async () => {
    const met = await race(sandbox, apply(snapshot(B, 3, X), ARRIVAL), () => page(...at(2, A, B)))
    expect(met).toEqual({ ...none, created: 1, stale: 1 })
    expect(await state()).toMatchObject({ [A]: is(2), [B]: { ...is(3), email: X } })
  })

  test('a page that meets an older snapshot of one of its users writes over it', async () => {
    await page(...at(1, A))
    const met = await race(sandbox, apply(snapshot(A, 2, X), ARRIVAL), () => page(...at(3, A, B)))
    expect(met).toEqual({ ...none, created: 1, updated: 1 })
    expect(await state()).toMatchObject({ [A]: { ...is(3), email: null }, [B]: is(3) })
  })

  test('a newer snapshot that meets a page writes over it, an older one is stale', async () => {
    const newer = await race(sandbox, applyAll(at(2, A, B)), () => sync(snapshot(A, 3, X)))
    expect(newer.outcome).toBe('updated')
    const older = await race(sandbox, applyAll(at(5, A, B)), () => sync(snapshot(B, 4, Y)))
    expect(older.outcome).toBe('stale')
    expect(await state()).toMatchObject({ [A]: { ...is(5), email: null }, [B]: { ...is(5), email: null } })
  })
})

describe('a page and the holder of an address', () => {
  const claim = () => page(snapshot(A, 2, X), snapshot(C, 2, Z))
  beforeEach(() => page(...at(1, C)))

  test('a holder who is being created with an older claim loses the address to the page', async () => {
    const met = await race(sandbox, apply(snapshot(B, 1, X), ARRIVAL), claim)
    expect(met).toEqual({ ...none, created: 1, updated: 1 })
    expect(await state()).toMatchObject({ [A]: { email: X }, [B]: { email: null }, [C]: { email: Z } })
  })

  test('a holder whose newer version is being written keeps it', async () => {
    await sync(snapshot(B, 1, X))
    const met = await race(sandbox, apply(snapshot(B, 3, X), ARRIVAL), claim)
    expect(met).toEqual({ ...none, created: 1, updated: 1, conflicts: 1 })
    expect(await state()).toMatchObject({
      [A]: { email: null },
      [B]: { ...is(3), email: X },
      [C]: { email: Z },
    })
  })

  test.each([
    ['who is letting go', () => apply(snapshot(B, 5, null), ARRIVAL), is(5)],
    ['who is being deleted', () => tombstone([B], 'webhook'), { deleted: true }],
  ])('a holder %s leaves it to the page', async (_name, leave, left) => {
    await sync(snapshot(B, 1, X))
    const met = await race(sandbox, leave(), claim)
    expect(met).toEqual({ ...none, created: 1, updated: 1 })
    expect(await state()).toMatchObject({ [A]: { email: X }, [B]: left, [C]: { email: Z } })
  })

  test('a single claim that meets a page which creates the holder is settled by the versions', async () => {
    const older = await race(sandbox, applyAll([snapshot(A, 2, X), snapshot(C, 2, Z)]), () =>
      sync(snapshot(B, 1, X)),
    )
    expect(older.standing).toMatchObject({ user: { email: null } })
    const newer = await race(sandbox, applyAll([snapshot(A, 3, X)]), () => sync(snapshot(B, 4, X)))
    expect(newer.standing).toMatchObject({ user: { email: X } })
    expect(await state()).toMatchObject({ [A]: { ...is(3), email: null }, [C]: { email: Z } })
  })
})

// Between the attempt that was refused and the handover anything may happen: so the handover alone is raced here.
describe('the handover of a page', () => {
  test('waits for a holder who is being written, and believes what it then finds', async () => {
    await sync(snapshot(B, 1, X))
    await race(sandbox, apply(snapshot(B, 3, X), ARRIVAL), () =>
      run(sandbox, applyAllWithHandover([snapshot(A, 2, X), snapshot(C, 2, Z)])),
    )
    expect(await state()).toMatchObject({
      [A]: { email: null },
      [B]: { ...is(3), email: X },
      [C]: { email: Z },
    })
  })

  test('waits for somebody who takes the address that a user of the page lets go of', async () => {
    await page(snapshot(A, 1, X), snapshot(B, 1, Y))
    // A and B swap, while D, held, is given B's old address by a claim newer than A's.
    await sync(snapshot(B, 2, null))
    await race(sandbox, apply(snapshot(D, 9, Y), ARRIVAL), () =>
      run(sandbox, applyAllWithHandover([snapshot(A, 3, Y), snapshot(B, 3, X)])),
    )
    expect(await state()).toMatchObject({ [A]: { email: null }, [B]: { email: X }, [D]: { email: Y } })
  })

  test.each([
    ['is stale by now', () => sync(snapshot(A, 5, null))],
    ['is deleted by now', () => removeUser(sandbox.settings, A)],
  ])('to a user who %s takes nothing from anybody', async (_name, meanwhile) => {
    await sync(snapshot(B, 1, X))
    await meanwhile()
    const before = await state()
    await run(sandbox, applyAllWithHandover([snapshot(A, 2, X)]))
    expect(await state()).toEqual(before)
  })

  test.each([
    ['made newer by another page', () => applyAll(at(5, A)), { ...is(5), email: null }],
    ['deleted', () => tombstone([A], 'reconcile'), { deleted: true }],
  ])('waits for a claimant who is being %s, and then takes nothing for it', async (_name, first, left) => {
    await sync(snapshot(B, 1, X))
    await race(sandbox, first(), () => run(sandbox, applyAllWithHandover([snapshot(A, 2, X), ...at(2, C)])))
    expect(await state()).toMatchObject({ [A]: left, [B]: { email: X }, [C]: is(2) })
  })

  test('of a single claim waits for a page that is writing the holder, and believes what it then finds', async () => {
    await sync(snapshot(B, 1, X))
    await race(sandbox, applyAll([snapshot(B, 3, X), ...at(3, C)]), () =>
      run(sandbox, applyWithHandover(snapshot(A, 2, X), ARRIVAL)),
    )
    expect(await state()).toMatchObject({ [A]: { email: null }, [B]: { ...is(3), email: X } })
  })

  test('keeps single claims out while it decides', async () => {
    await sync(snapshot(B, 1, X))
    const { outcome, standing } = await race(sandbox, applyAllWithHandover([snapshot(A, 2, X)]), () =>
      sync(snapshot(D, 3, X)),
    )
    expect(outcome).toBe('created')
    expect(standing).toMatchObject({ user: { email: X } })
    expect(await state()).toMatchObject({ [A]: { email: null }, [B]: { email: null }, [D]: { email: X } })
  })

  test('meets the deletion of one of its users and of a holder, and revives neither', async () => {
    await page(snapshot(B, 1, X), ...at(1, A))
    await race(sandbox, tombstone([A, B], 'reconcile'), () =>
      run(sandbox, applyAllWithHandover([snapshot(A, 2, X), snapshot(C, 2, X)])),
    )
    expect(await state()).toMatchObject({ [A]: { deleted: true }, [B]: { deleted: true }, [C]: { email: X } })
  })
})

describe('two pages with the same users', () => {
  test('the newer stays, whichever comes first', async () => {
    expect(await race(sandbox, applyAll(at(3, A, B)), () => page(...at(2, B, A, C)))).toEqual({
      ...none,
      created: 1,
      stale: 2,
    })
    expect(await state()).toMatchObject({ [A]: is(3), [B]: is(3), [C]: is(2) })
    expect(await race(sandbox, applyAll(at(4, A, B)), () => page(...at(5, B, A, C)))).toEqual({
      ...none,
      updated: 3,
    })
    expect(await state()).toMatchObject({ [A]: is(5), [B]: is(5), [C]: is(5) })
  })

  test('users who have swapped addresses between them end in the newer page', async () => {
    await page(snapshot(A, 1, X), snapshot(B, 1, Y))
    const met = await race(sandbox, applyAllWithHandover([snapshot(A, 2, Y), snapshot(B, 2, X)]), () =>
      page(snapshot(B, 4, Y), snapshot(A, 4, X)),
    )
    expect(met).toEqual({ ...none, updated: 2 })
    expect(await state()).toMatchObject({ [A]: { email: X }, [B]: { email: Y } })
  })

  /** Both are let in while a user in the middle is held. Nobody tries again here: a deadlock would be an error. */
  async function crosswise(first: () => Promise<void>, second: () => Promise<void>) {
    const held = await hold(sandbox, apply(snapshot(B, 2, null), ARRIVAL))
    const one = first()
    await untilSomebodyWaits(sandbox)
    const other = second()
    await untilSomebodyWaits(sandbox, 2)
    await held.finish('commit')
    await Promise.all([one, other])
  }
  const write = (...snapshots: UserSnapshot[]) => run(sandbox, applyAll(snapshots))

  test.each([
    ['who are new', async () => undefined],
    ['who are there', () => page(...at(1, A, B, C))],
  ])('users %s, listed in other orders, are written without a deadlock', async (_name, before) => {
    await before()
    await crosswise(
      () => write(...at(3, A, B, C)),
      () => write(...at(4, C, B, A)),
    )
    expect(await state()).toMatchObject({ [A]: is(4), [B]: is(4), [C]: is(4) })
  })

  test('a page and the burial of its users in another order end without a deadlock', async () => {
    await page(...at(1, A, B, C))
    await crosswise(
      () => write(...at(3, A, B, C)),
      () => run(sandbox, tombstone([C, B, A], 'reconcile')),
    )
    const gone = { deleted: true }
    expect(await state()).toEqual({ [A]: gone, [B]: gone, [C]: gone })
  })

  test('two burials of the same users in other orders end without a deadlock', async () => {
    await page(...at(1, A, B, C))
    await crosswise(
      () => run(sandbox, tombstone([A, B, C], 'reconcile')),
      () => run(sandbox, tombstone([C, B, A], 'reconcile')),
    )
    const gone = { deleted: true }
    expect(await state()).toEqual({ [A]: gone, [B]: gone, [C]: gone })
  })
})
