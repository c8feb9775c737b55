/**
 * The rule under storms: whatever Clerk's users went through, delivered in any order, any number of times, by many at
 * once, must end in what Clerk's users are.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { UserSnapshot } from '../../worker/clerk/user-json.ts'
import { applySnapshot } from '../../worker/users/store.ts'
import { permutations } from '../support/permutations.ts'
import { openSandbox, removeUser, type Sandbox, snapshot, type UserState } from './rule.ts'

const CONNECTIONS = 48

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())
beforeEach(() => sandbox.pool.query('truncate users, sync_state cascade'))

type Event = { type: 'snapshot'; snapshot: UserSnapshot } | { type: 'deleted'; id: string }
type Step = {
  kind: 'rename' | 'take' | 'release' | 'swap' | 'delete'
  user: number
  other: number
  address: number
}

/** Clerk as it really was: one clock, one holder for an address, and an event for every change. */
class History {
  #clock = 1_000_000
  readonly events: Event[] = []
  readonly truth: Record<string, UserState> = {}

  take({ kind, user, other, address }: Step) {
    const [id, otherId, email] = [`user_${user}`, `user_${other}`, `a${address}@example.com`]
    if (this.truth[id]?.deleted) return
    if (kind === 'delete') {
      this.truth[id] = { deleted: true }
      this.events.push({ type: 'deleted', id })
    } else if (kind === 'swap') this.#swap(id, otherId)
    else if (kind === 'take') {
      if (this.#isFree(email)) this.#change(id, email)
    } else this.#change(id, kind === 'release' ? null : this.#emailOf(id))
  }

  #swap(id: string, otherId: string) {
    const [mine, theirs] = [this.#emailOf(id), this.#emailOf(otherId)]
    if (!mine || !theirs || id === otherId) return
    // Clerk lets go of an address before somebody else may have it.
    this.#change(id, null)
    this.#change(otherId, mine)
    this.#change(id, theirs)
  }

  #emailOf(id: string): string | null {
    const state = this.truth[id]
    return state && !state.deleted ? state.email : null
  }

  #isFree = (email: string) => !Object.keys(this.truth).some((id) => this.#emailOf(id) === email)

  #change(id: string, email: string | null) {
    this.#clock += 1
    const taken = snapshot(id, this.#clock, email)
    this.truth[id] = { deleted: false, version: taken.version, email, firstName: taken.firstName }
    this.events.push({ type: 'snapshot', snapshot: taken })
  }
}

const steps = (users: number, addresses: number, length: number) =>
  fc.array(
    fc.record({
      kind: fc.constantFrom<Step['kind']>(
        'rename',
        'take',
        'take',
        'take',
        'release',
        'swap',
        'swap',
        'delete',
      ),
      user: fc.nat(users - 1),
      other: fc.nat(users - 1),
      address: fc.nat(addresses - 1),
    }),
    { minLength: length / 2, maxLength: length },
  )

async function deliver(events: Event[]) {
  const queue = [...events]
  const courier = async () => {
    for (let event = queue.pop(); event; event = queue.pop()) {
      if (event.type === 'deleted') await removeUser(sandbox.settings, event.id)
      else await applySnapshot(sandbox.settings, event.snapshot, { source: 'webhook', seen: false })
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, courier))
}

test.each([
  ['few users who fight for fewer addresses', 6, 3, 60, 25],
  ['many users, many addresses', 60, 40, 400, 4],
])('%s: every order and repetition ends in Clerk’s truth', async (_name, users, addresses, length, runs) => {
  const arrangement = steps(users, addresses, length).chain((taken) => {
    const history = new History()
    for (const step of taken) history.take(step)
    // Every event once at least, some twice or three times, in any order.
    const copies = history.events.flatMap((event, n) => Array<Event>(1 + ((n * 7) % 3)).fill(event))
    return fc.record({
      truth: fc.constant(history.truth),
      deliveries: fc.shuffledSubarray(copies, { minLength: copies.length }),
    })
  })
  await fc.assert(
    fc
      .asyncProperty(arrangement, async ({ truth, deliveries }) => {
        await deliver(deliveries)
        expect(await sandbox.state()).toEqual(sorted(truth))
      })
      .beforeEach(async () => {
        await sandbox.pool.query('truncate users, sync_state cascade')
      }),
    { numRuns: runs, endOnFailure: true },
  )
})

test('every permutation of a life ends alike', async () => {
  const life: Event[] = [
    { type: 'snapshot', snapshot: snapshot('user_P', 1, 'p@example.com') },
    { type: 'snapshot', snapshot: snapshot('user_P', 2, 'p2@example.com') },
    { type: 'snapshot', snapshot: snapshot('user_P', 3, 'p@example.com') },
    { type: 'snapshot', snapshot: snapshot('user_P', 2, 'p2@example.com') },
    { type: 'deleted', id: 'user_P' },
  ]
  const lives = { living: life.slice(0, 4), deleted: life }
  for (const [name, events] of Object.entries(lives)) {
    for (const order of permutations(events)) {
      await sandbox.pool.query('truncate users, sync_state cascade')
      for (const event of order) {
        if (event.type === 'deleted') await removeUser(sandbox.settings, event.id)
        else await applySnapshot(sandbox.settings, event.snapshot, { source: 'login', seen: true })
      }
      const end =
        name === 'deleted'
          ? { deleted: true }
          : { deleted: false, version: 3, email: 'p@example.com', firstName: 'v3' }
      expect(await sandbox.state()).toEqual({ user_P: end })
    }
  }
})

test('two users who swap addresses, both orders, at once and again and again, never fail', async () => {
  for (let round = 0; round < 20; round += 1) {
    const version = 10 + round * 10
    const [a, b] = round % 2 ? ['x@example.com', 'y@example.com'] : ['y@example.com', 'x@example.com']
    await deliver([
      { type: 'snapshot', snapshot: snapshot('user_A', version, null) },
      { type: 'snapshot', snapshot: snapshot('user_B', version + 1, b) },
      { type: 'snapshot', snapshot: snapshot('user_A', version + 2, a) },
    ])
    expect(await sandbox.state()).toMatchObject({ user_A: { email: a }, user_B: { email: b } })
  }
})

test('a tombstone holds no personal data', async () => {
  await applySnapshot(sandbox.settings, snapshot('user_T', 5, 't@example.com', 'Tom'), {
    source: 'login',
    seen: true,
  })
  await removeUser(sandbox.settings, 'user_T')
  const { rows } = await sandbox.pool.query('select * from sync_state')
  expect(rows).toEqual([
    {
      user_id: 'user_T',
      version: '5',
      deleted_at: expect.any(Date),
      banned_at: null,
      synced_at: expect.any(Date),
      seen_at: null,
      source: 'webhook',
    },
  ])
  expect((await sandbox.pool.query('select * from users')).rows).toEqual([])
})

const sorted = (record: Record<string, UserState>) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
