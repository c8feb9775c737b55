/**
 * Something that the API tells, read again when it may have changed, and by itself until it has been read. Knows neither
 * React nor Clerk.
 */
import { Store } from '../ui/store.ts'
import type { Problem } from './problem.ts'
import { isRetryable, patienceMs, retryDelay } from './retry.ts'
import type { Call, Result, Wire } from './wire.ts'

export interface Source<T> {
  ask: Call
  /** Null when the answer is not what was asked for. */
  parse: (body: unknown) => T | null
}

export type Reading<T> =
  | { status: 'loading' }
  /** `problem`: it could not be read again, so that what is shown is old. */
  | { status: 'loaded'; value: T; readAt: number; problem: Problem | null }
  | { status: 'failed'; problem: Problem }

/** What to keep of what was read before. */
export type Merge<T> = (before: T, read: T) => T

export interface ReaderEnvironment {
  now(): number
  /** In [0, 1). */
  random(): number
  /** @returns what cancels it */
  after(delayMs: number, run: () => void): () => void
  /** Whether there is anybody to read for. */
  isSeen(): boolean
}

/** Somebody who reads that it failed is quicker with the button beside it. */
const PATIENCE_MS = 5_000

const nothing = () => {}

export class Reader<T> extends Store<Reading<T>> {
  readonly #wire: Wire
  readonly #env: ReaderEnvironment
  readonly #merge: Merge<T>
  #source: Source<T> | null = null
  #turn = new AbortController()
  #failures = 0
  #cancelRetry = nothing
  /** The server asked not to be called before this time. */
  #notBefore = 0

  constructor(wire: Wire, env: ReaderEnvironment, merge: Merge<T> = (_before, read) => read) {
    super({ status: 'loading' })
    this.#wire = wire
    this.#env = env
    this.#merge = merge
  }

  /** What is to be read from now on; null while there is nothing to be read yet. What was read stays until there is an answer. */
  look(source: Source<T> | null): void {
    this.#source = source
    this.#failures = 0
    void this.read()
  }

  /** The newest reading counts. */
  read = async (): Promise<void> => {
    this.stop()
    if (!this.#source) return
    const { ask, parse } = this.#source
    const { signal } = this.#turn
    const result = await this.#wire.ask(ask, parse, signal)
    if (signal.aborted) return
    this.set(this.#next(result))
    if (result.ok) this.#failures = 0
    else if (isRetryable(result.problem)) this.#retryLater(result.problem)
  }

  /** The network or the reader is back; unless the server itself has named the time. */
  wake = (): void => {
    if (this.#env.now() >= this.#notBefore) void this.read()
  }

  stop = (): void => {
    this.#turn.abort()
    this.#turn = new AbortController()
    this.#cancelRetry()
    this.#cancelRetry = nothing
  }

  /** Puts in what has been learned in another way. */
  change = (apply: (value: T) => T): void => {
    if (this.state.status === 'loaded') this.set({ ...this.state, value: apply(this.state.value) })
  }

  #retryLater(problem: Problem): void {
    this.#failures += 1
    const askedMs = patienceMs(problem, this.#env.now())
    this.#notBefore = this.#env.now() + askedMs
    const delay = PATIENCE_MS + retryDelay(this.#failures, askedMs, this.#env.random())
    // Unseen it waits for somebody to come back.
    this.#cancelRetry = this.#env.after(delay, () => void (this.#env.isSeen() && this.read()))
  }

  /** An old answer is worth more than none, but not to somebody who may no longer have it. */
  #next(result: Result<T>): Reading<T> {
    const before = this.state
    if (result.ok) {
      const value = before.status === 'loaded' ? this.#merge(before.value, result.value) : result.value
      return { status: 'loaded', value, readAt: this.#env.now(), problem: null }
    }
    const { problem } = result
    const keeps = before.status === 'loaded' && problem.code !== 'forbidden'
    return keeps ? { ...before, problem } : { status: 'failed', problem }
  }
}

export const isForbidden = (reading: Reading<unknown>) =>
  reading.status === 'failed' && reading.problem.code === 'forbidden'
