/** Requests on behalf of one user: the token, one more try with a fresh one, a deadline; whatever happens becomes a value. */
import { orAborted } from './abort.ts'
import { type Api, bearer } from './client.ts'
import { badAnswer, NO_TOKEN, type Problem, readProblem, TIMED_OUT, UNREACHABLE } from './problem.ts'

export interface WireEnvironment {
  api: Api
  getToken(options: { skipCache: boolean }): Promise<string | null>
  /** @returns what cancels it */
  after(delayMs: number, run: () => void): () => void
  /** The account behind the token is gone. */
  deleted(): void
}

/** One route, called with what every request carries. */
export type Call = (
  routes: Api['api'],
  options: { headers: { Authorization: string }; init: { signal: AbortSignal } },
) => Promise<Response>

export type Result<Value> = { ok: true; value: Value } | { ok: false; problem: Problem }

/** As long as a sync may take; then a person would rather know. */
const DEADLINE_MS = 15_000

export class Wire {
  readonly #env: WireEnvironment

  constructor(env: WireEnvironment) {
    this.#env = env
  }

  /**
   * Asks and parses what comes back. Never rejects.
   * @param parse null when the body is not what was asked for; some of the answer may be in the response's headers
   */
  async ask<Value>(
    call: Call,
    parse: (body: unknown, response: Response) => Value | null,
    signal?: AbortSignal,
  ): Promise<Result<Value>> {
    const deadline = this.#deadline(signal)
    try {
      const response = await this.#send(call, deadline.signal)
      if (!('ok' in response)) return this.#refused(response)
      if (!response.ok) return this.#refused(await orAborted(readProblem(response), deadline.signal))
      const body: unknown = await orAborted(
        response.json().catch(() => null),
        deadline.signal,
      )
      const value = parse(body, response)
      return value === null ? this.#refused(badAnswer(response)) : { ok: true, value }
    } catch {
      return { ok: false, problem: deadline.isOver() ? TIMED_OUT : UNREACHABLE }
    } finally {
      deadline.cancel()
    }
  }

  /** Asks for an answer whose body is read by the caller for as long as it takes: the deadline is on its beginning. */
  async open(call: Call, signal: AbortSignal): Promise<Result<Response>> {
    const deadline = this.#deadline(signal)
    try {
      const response = await this.#send(call, deadline.signal)
      if (!('ok' in response)) return this.#refused(response)
      if (response.ok) return { ok: true, value: response }
      return this.#refused(await orAborted(readProblem(response), deadline.signal))
    } catch {
      return { ok: false, problem: deadline.isOver() ? TIMED_OUT : UNREACHABLE }
    } finally {
      deadline.cancel()
    }
  }

  async #send(call: Call, signal: AbortSignal): Promise<Response | Problem> {
    const first = await this.#sendOnce(call, { skipCache: false }, signal)
    if (!('ok' in first) || first.status !== 401) return first
    const problem = await readProblem(first)
    // Clerk's cached token may have been minted before the clock was set or the keys were rotated: a new one decides.
    return problem.code === 'unauthenticated' ? this.#sendOnce(call, { skipCache: true }, signal) : problem
  }

  async #sendOnce(
    call: Call,
    tokenOptions: { skipCache: boolean },
    signal: AbortSignal,
  ): Promise<Response | Problem> {
    const token = await orAborted(this.#env.getToken(tokenOptions), signal)
    if (token === null) return NO_TOKEN
    return orAborted(call(this.#env.api.api, { headers: bearer(token), init: { signal } }), signal)
  }

  #refused(problem: Problem): { ok: false; problem: Problem } {
    if (problem.code === 'user_deleted') this.#env.deleted()
    return { ok: false, problem }
  }

  #deadline(signal?: AbortSignal) {
    const late = new AbortController()
    const cancel = this.#env.after(DEADLINE_MS, () => late.abort())
    return {
      signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
      isOver: () => late.signal.aborted,
      cancel,
    }
  }
}
