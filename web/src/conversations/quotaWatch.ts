/** How many messages are left: told by every message, asked for when a day begins and while none are left. */
import { isRecord } from '../api/json.ts'
import type { Problem } from '../api/problem.ts'
import type { Call, Wire } from '../api/wire.ts'
import { Store } from '../ui/store.ts'
import { parseQuota, parseUser, type Quota } from '../users/user.ts'

export type QuotaState =
  /** `isUsedUp`: a message was refused; how many there are and until when could not be read. */
  | { status: 'unknown'; problem: Problem | null; isUsedUp: boolean }
  | { status: 'known'; quota: Quota; tier: string | null }

interface Clock {
  now(): number
  after(delayMs: number, run: () => void): () => void
}

/** An admin may raise the tier at any moment; who waits for it looks at the page. */
const WHILE_EMPTY_MS = 60_000

/** What could not be read is read again before long. */
const AFTER_FAILURE_MS = 60_000

/** The server's day may begin a little later than this device's. */
const AFTER_RESET_MS = 1_500

/** The longest that a timer is set for: browsers take no more than 24 days, and laptops sleep. */
const LONGEST_MS = 6 * 3_600_000

const nothing = () => {}

export class QuotaWatch extends Store<QuotaState> {
  readonly #wire: Wire
  readonly #clock: Clock
  #cancel = nothing
  #turn = new AbortController()

  constructor(wire: Wire, clock: Clock) {
    super({ status: 'unknown', problem: null, isUsedUp: false })
    this.#wire = wire
    this.#clock = clock
  }

  /** A message's answer told it: newer than whatever is being asked for. */
  told(quota: Quota): void {
    this.#turn.abort()
    this.#known(quota, this.state.status === 'known' ? this.state.tier : null)
  }

  /** A message was refused because none are left: so it is, also if nobody can say more. */
  exceeded(): void {
    if (this.state.status === 'unknown') this.set({ ...this.state, isUsedUp: true })
    else this.#known({ ...this.state.quota, used: this.state.quota.limit, remaining: 0 }, this.state.tier)
    void this.read()
  }

  async read(): Promise<void> {
    this.#turn.abort()
    const turn = new AbortController()
    this.#turn = turn
    const result = await this.#wire.ask(accountCall, parseAccount, turn.signal)
    if (turn.signal.aborted) return
    if (result.ok) return this.#known(result.value.quota, result.value.tier)
    if (this.state.status === 'known') return this.#watch(this.state.quota)
    this.set({ ...this.state, problem: result.problem })
    this.#readIn(AFTER_FAILURE_MS)
  }

  close(): void {
    this.#turn.abort()
    this.#cancel()
  }

  #known(quota: Quota, tier: string | null): void {
    this.set({ status: 'known', quota, tier })
    this.#watch(quota)
  }

  #watch(quota: Quota): void {
    const untilReset = Math.max(0, Date.parse(quota.resetAt) - this.#clock.now()) + AFTER_RESET_MS
    const wait = Math.min(untilReset, quota.remaining > 0 ? LONGEST_MS : WHILE_EMPTY_MS)
    this.#readIn(wait)
  }

  #readIn(delayMs: number): void {
    this.#cancel()
    this.#cancel = this.#clock.after(delayMs, () => void this.read())
  }
}

const accountCall: Call = ({ user }, options) => user.$get({}, options)

function parseAccount(body: unknown): { quota: Quota; tier: string } | null {
  const quota = isRecord(body) ? parseQuota(body.quota) : null
  const user = isRecord(body) ? parseUser(body.user) : null
  return quota && user && { quota, tier: user.tier }
}
