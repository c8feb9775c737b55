/**
 * All three doors at once: while Clerk's users come, change, swap addresses and go, webhooks arrive late, twice or never,
 * people sign in, and passes run beside each other. When all has gone quiet, one more pass must end in what Clerk has, and the
 * ledger must hold every message once, with as many attempts as there were.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fetchUser } from '../../worker/clerk/api.ts'
import { Problem } from '../../worker/errors.ts'
import type { Delivery, DeliveryOutcome } from '../../worker/users/ledger.ts'
import { applyDelivery, applySnapshot, removeByDelivery } from '../../worker/users/store.ts'
import type { ListedUser } from '../support/clerk-lists.ts'
import { BIRTH, expected, openWorld, patientSteps, runPass, type World } from './reconcile.ts'
import { snapshot } from './rule.ts'

const CONNECTIONS = 40
const USERS = 40
const ADDRESSES = 15

/** A pass that finds most of a sample gone suspects another instance's key, and rightly stops. */
const MOST_GONE = 10

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

type Step = {
  kind: 'create' | 'rename' | 'take' | 'release' | 'swap' | 'delete' | 'login'
  user: number
  other: number
  address: number
  /** How often the webhook arrives; 0: never. */
  arrives: number
}

const history = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom(
      'create',
      'create',
      'create',
      'rename',
      'take',
      'take',
      'take',
      'release',
      'swap',
      'delete',
      'login',
    ),
    user: fc.nat(USERS - 1),
    other: fc.nat(USERS - 1),
    address: fc.nat(ADDRESSES - 1),
    arrives: fc.constantFrom(0, 0, 1, 1, 2),
  }),
  { minLength: 150, maxLength: 250, size: 'max' },
)

type Task = () => Promise<unknown>

/** Clerk, one change after the other, and what each change sets off. */
class Life {
  #clock = BIRTH
  readonly gone = new Set<string>()
  /** Deletions that we have been told of, or that a pass must have found. */
  readonly told = new Set<string>()
  readonly tasks: Task[] = []
  /** What the ledger must have of it in the end. */
  readonly letters: { message_id: string; attempts: number }[] = []

  take({ kind, user, other, address, arrives }: Step) {
    const [one, two] = [this.#find(user), this.#find(other)]
    const email = `a${address}@example.com`
    const isFree = !world.clerk.users().some((holder) => holder.email === email)
    if (kind === 'create' && !one) this.#put(user, isFree ? email : null, arrives)
    if (!one) return
    if (kind === 'rename') this.#put(user, one.email, arrives)
    if (kind === 'take' && isFree) this.#put(user, email, arrives)
    if (kind === 'release') this.#put(user, null, arrives)
    if (kind === 'swap' && two && one !== two && one.email && two.email) {
      this.#put(user, null, arrives)
      this.#put(other, one.email, arrives)
      this.#put(user, two.email, arrives)
    }
    if (kind === 'delete' && this.gone.size < MOST_GONE) this.#delete(one.id, arrives)
    if (kind === 'login') this.tasks.push(() => login(one.id))
  }

  #find = (n: number): ListedUser | undefined => world.clerk.users().find(({ id }) => id === idOf(n))

  #put(n: number, email: string | null, arrives: number) {
    if (this.gone.has(idOf(n))) return
    this.#clock += 1
    const version = this.#clock
    // A handful of moments for all: pages and ranges meet inside of them.
    const user = {
      id: idOf(n),
      created_at: BIRTH - (n % 5),
      updated_at: version,
      email,
      first_name: `v${version}`,
    }
    world.clerk.put(user)
    const taken = { ...snapshot(user.id, version, email), createdAt: new Date(user.created_at) }
    this.#send('user.updated', arrives, (delivery) => applyDelivery(world.settings, taken, delivery))
  }

  #delete(id: string, arrives: number) {
    world.clerk.delete(id)
    this.gone.add(id)
    if (arrives > 0) this.told.add(id)
    this.#send('user.deleted', arrives, (delivery) => removeByDelivery(world.settings, id, delivery))
  }

  /** One message, however often it arrives. */
  #send(type: string, arrives: number, deliver: (delivery: Delivery) => Promise<DeliveryOutcome>) {
    if (arrives === 0) return
    const messageId = `msg_${String(this.letters.length).padStart(4, '0')}`
    this.letters.push({ message_id: messageId, attempts: arrives })
    for (let copy = 0; copy < arrives; copy += 1) this.tasks.push(() => deliver({ messageId, type }))
  }
}

const idOf = (n: number) => `user_${String(n).padStart(3, '0')}`

async function login(id: string) {
  try {
    await applySnapshot(world.settings, await fetchUser(world.settings, id), { source: 'login', seen: true })
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'user_deleted') throw error
  }
}

/** Everything at once: tasks in an order that the dice choose, and passes that begin while Clerk goes on changing. */
async function live(steps: Step[], dice: number): Promise<Life> {
  const life = new Life()
  let over = false
  const clerk = async () => {
    for (const step of steps) {
      life.take(step)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    over = true
  }
  const courier = async (n: number) => {
    while (!over || life.tasks.length > 0) {
      const [task] = life.tasks.splice((dice + n * 7919) % Math.max(1, life.tasks.length), 1)
      if (task) await task()
      else await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
  const clock = async () => {
    while (!over) await runPass(world, { full: dice % 2 === 0, mostDeletions: USERS }, patientSteps())
  }
  await Promise.all([clerk(), clock(), clock(), ...Array.from({ length: CONNECTIONS }, (_, n) => courier(n))])
  return life
}

test('whatever came late, twice or never: in the end we have what Clerk has', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), async (steps, dice) => {
      await world.empty()
      const life = await live(steps, dice)
      const report = await runPass(world, { full: true, mostDeletions: USERS })
      expect(report.status).toBe('complete')
      const state = await world.sandbox.state()
      const living = Object.fromEntries(Object.entries(state).filter(([, user]) => !user.deleted))
      expect(living).toEqual(expected(world.clerk))
      const { rows } = await world.sandbox.pool.query(
        `select message_id, attempts from webhook_deliveries where outcome <> 'dead-letter' order by message_id`,
      )
      expect(rows).toEqual(life.letters)
      for (const id of life.told) expect(state[id], id).toEqual({ deleted: true })
      expect(await runPass(world, { full: true })).toMatchObject({
        counts: { created: 0, updated: 0, orphaned: 0, conflicts: 0 },
      })
    }),
    { numRuns: 40 },
  )
})
