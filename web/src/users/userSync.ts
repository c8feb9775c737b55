/**
 * Keeps Neon's row in step with the signed-in user, once per user and profile version however many components ask.
 * Knows neither React nor Clerk: it is told who is signed in, and everything else it touches is handed to it.
 */
import type { Api } from '../api/client.ts'
import type { Problem } from '../api/problem.ts'
import { isRetryable, patienceMs, retryDelay } from '../api/retry.ts'
import { Wire, type WireEnvironment } from '../api/wire.ts'
import { Store } from '../ui/store.ts'
import type { Person } from './person.ts'
import { parseSynced, syncCall } from './syncCall.ts'
import { SIGNED_OUT, SIGNED_OUT_DELETED, STARTING, type SyncState } from './syncState.ts'

export interface Environment {
  now(): number
  /** In [0, 1). */
  random(): number
  /** @returns what cancels it */
  after(delayMs: number, run: () => void): () => void
  log(line: string): void
}

const nothing = () => {}

export class UserSync extends Store<SyncState> {
  readonly #api: Api
  readonly #env: Environment
  #person: Person | null | undefined
  /** Aborted when its answer is no longer wanted; whoever holds another one is late. */
  #turn = new AbortController()
  #isAdmin = false
  #failures = 0
  #cancelRetry = nothing
  /** The server asked not to be called before this time. */
  #notBefore = 0

  constructor(api: Api, env: Environment) {
    super(STARTING)
    this.#api = api
    this.#env = env
  }

  /**
   * The state as this user may see it (null: nobody is signed in; undefined: not known yet). A component may ask on
   * behalf of a new user before `observe` has been told of them; it must not be shown the previous one's state.
   */
  stateFor(userId: string | null | undefined): SyncState {
    if (userId === (this.#person === null ? null : this.#person?.id)) return this.state
    return userId === null ? SIGNED_OUT : STARTING
  }

  /** Whether the API has told this user that they are an admin: what to offer, not what to allow. */
  isAdmin(userId: string | undefined): boolean {
    return this.#isAdmin && userId === this.#person?.id
  }

  /** Tells who is signed in. Any number of times: only a change of user or version does something. */
  observe(person: Person | null): void {
    const previous = this.#person
    this.#person = person
    if (person === null) {
      if (previous !== null) this.#signedOut(previous)
    } else if (person.id !== previous?.id) {
      this.#isAdmin = false
      this.#begin(person, STARTING)
    } else if (person.version !== previous.version) {
      this.#begin(person, this.state)
    }
  }

  /** What a person's "sync now" does; while a sync runs it is already being done. */
  syncNow = (): void => {
    if (this.#person && this.state.status !== 'syncing') void this.#attempt(this.#person, this.state)
  }

  /** The network or the person is back: a retry that waits need not, unless the server itself named the time. */
  wake = (): void => {
    const waiting = this.state.status === 'failed' && this.state.retryAt !== null
    if (waiting && this.#env.now() >= this.#notBefore) this.syncNow()
  }

  /** A new user or version: whatever runs for the one before is over. */
  #begin(person: Person, from: SyncState): void {
    this.#failures = 0
    this.#notBefore = 0
    void this.#attempt(person, from)
  }

  async #attempt(person: Person, from: SyncState): Promise<void> {
    const turn = this.#newTurn()
    this.set(syncing(from, from.status === 'failed' ? from.problem : null))
    this.#env.log('User sync started')
    const wire = this.#wire(person.getToken)
    const result = await wire.ask(syncCall(person.id, person.profile), parseSynced, turn.signal)
    if (turn !== this.#turn) return
    if (!result.ok) return this.#failed(person, result.problem)
    const { outcome, user, isAdmin } = result.value
    this.#failures = 0
    this.#isAdmin = isAdmin
    this.#env.log(`User sync finished: ${outcome}`)
    this.set({ status: 'synced', outcome, user, lastSyncedAt: this.#env.now() })
  }

  /** What a deleted account means here depends on what is known of it, so it is looked at where the answer is. */
  #wire(getToken: WireEnvironment['getToken']): Wire {
    return new Wire({ api: this.#api, getToken, after: this.#env.after, deleted: nothing })
  }

  #failed(person: Person, problem: Problem): void {
    this.#failures += 1
    this.#env.log(`User sync finished: failed (${problem.code})`)
    let retryAt: number | null = null
    if (isRetryable(problem)) {
      const askedMs = patienceMs(problem, this.#env.now())
      const delay = retryDelay(this.#failures, askedMs, this.#env.random())
      this.#notBefore = this.#env.now() + askedMs
      retryAt = this.#env.now() + delay
      this.#cancelRetry = this.#env.after(delay, this.syncNow)
    }
    this.set({ status: 'failed', problem, retry: this.syncNow, retryAt, ...lastSync(this.state) })
    // The state says what happened; when Clerk cannot be reached to sign out, it goes on saying so.
    if (problem.code === 'user_deleted') person.signOut().catch(nothing)
  }

  /**
   * Nothing of them stays. A session also ends when the account is deleted, by its owner, an admin or in another tab;
   * Clerk does not say which, so their last token is spent on asking.
   */
  #signedOut(previous: Person | undefined): void {
    const turn = this.#newTurn()
    this.#isAdmin = false
    const known = this.state.status === 'failed' && this.state.problem.code === 'user_deleted'
    this.set(known ? SIGNED_OUT_DELETED : SIGNED_OUT)
    const token = previous?.heldToken()
    if (known || !previous || !token) return
    // It is the last one: there is no fresher.
    const wire = this.#wire(async ({ skipCache }) => (skipCache ? null : token))
    void wire.ask(syncCall(previous.id), parseSynced, turn.signal).then((result) => {
      const isDeleted = !result.ok && result.problem.code === 'user_deleted'
      if (isDeleted && turn === this.#turn) this.set(SIGNED_OUT_DELETED)
    })
  }

  #newTurn(): AbortController {
    this.#turn.abort()
    this.#cancelRetry()
    this.#cancelRetry = nothing
    this.#turn = new AbortController()
    return this.#turn
  }
}

function syncing(from: SyncState, retrying: Problem | null): SyncState {
  return { status: 'syncing', retrying, ...lastSync(from) }
}

function lastSync(state: SyncState) {
  if (state.status === 'signed-out') return { user: null, lastSyncedAt: null }
  return { user: state.user, lastSyncedAt: state.lastSyncedAt }
}
