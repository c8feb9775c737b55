/**
 * Webhooks on their way: signed as Svix signs them, tried on Svix's schedule, and remembered until they have arrived.
 * Nothing here ever delays or fails the request that made the event.
 */
import { Webhook } from 'svix'
import type { Attempt, Message } from './state.ts'
import type { Store } from './store.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Waits before each attempt: https://docs.svix.com/retries. */
const SCHEDULE_MS = [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR]
/** An answer that takes longer counts as none. */
const TIMEOUT_MS = 15 * SECOND
/** `reorder` waits this long for another event before it sends what it has, the newest first. */
const QUIET_MS = 500
/** A thousand users made at once must not open a thousand connections. */
const IN_FLIGHT = 8
/** Finished messages beyond this many are forgotten, the oldest first. */
const KEPT = 1000

export const DELIVERY_MODES = ['normal', 'twice', 'reorder', 'hold'] as const
export type DeliveryMode = (typeof DELIVERY_MODES)[number]

export type Endpoint = {
  url: string
  /** Svix's format: `whsec_` and base64. */
  secret: string
  /** Multiplies the schedule's waits and the quiet time of `reorder`; tests take a small one. */
  timeScale?: number
}

export class Deliveries {
  readonly #store: Store
  readonly #now: () => number
  readonly #timers = new Map<string, NodeJS.Timeout>()
  /** What `hold` and `reorder` keep back. */
  readonly #kept: Message[] = []
  readonly #waiting: (() => void)[] = []
  #endpoint: Endpoint | undefined
  #webhook: Webhook | undefined
  #mode: DeliveryMode = 'normal'
  #quiet: NodeJS.Timeout | undefined
  #inFlight = 0
  #complained = false
  #stopped = new AbortController()

  constructor(store: Store, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** Goes on with what was on its way when the process ended. */
  resume(): void {
    if (!this.#endpoint) return
    for (const message of this.#store.messages.values())
      if (message.status === 'pending') this.#schedule(message)
  }

  get endpoint(): Endpoint | undefined {
    return this.#endpoint
  }

  /**
   * Without one, events are not even remembered.
   * @throws when the secret is not in Svix's format.
   */
  set endpoint(endpoint: Endpoint | undefined) {
    this.#endpoint = endpoint
    this.#webhook = endpoint && new Webhook(endpoint.secret)
    this.#complained = false
  }

  get mode(): DeliveryMode {
    return this.#mode
  }

  /** Changing the mode lets go of everything that was kept back, in the order it came. */
  set mode(mode: DeliveryMode) {
    this.#mode = mode
    if (mode !== 'hold') void this.#release(this.#kept.splice(0))
  }

  all(): Message[] {
    return [...this.#store.messages.values()]
  }

  find(id: string): Message | undefined {
    return this.#store.messages.get(id)
  }

  add(id: string, type: string, payload: unknown): void {
    if (!this.#endpoint) return
    const message: Message = {
      id,
      type,
      payload: JSON.stringify(payload),
      status: 'pending',
      attempts: [],
      tries: 0,
      nextAttemptAt: this.#now(),
      createdAt: this.#now(),
    }
    this.#store.messages.set(id, message)
    this.#prune()
    this.#store.changed()
    if (this.#mode === 'hold' || this.#mode === 'reorder') this.#kept.push(message)
    else this.#schedule(message)
    if (this.#mode !== 'reorder') return
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => void this.#release(this.#kept.splice(0).reverse()), QUIET_MS * this.#scale)
  }

  /** One attempt now, whatever the schedule says: the dashboard's "resend". */
  async resend(message: Message): Promise<Attempt> {
    const attempt = await this.#attempt(message)
    if (message.status !== 'delivered' && isSuccess(attempt)) this.#finish(message, 'delivered')
    return attempt
  }

  stop(): void {
    this.#stopped.abort()
    clearTimeout(this.#quiet)
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  get #scale(): number {
    return this.#endpoint?.timeScale ?? 1
  }

  #schedule(message: Message): void {
    const wait = Math.max(0, (message.nextAttemptAt ?? 0) - this.#now())
    const timer = setTimeout(() => {
      this.#timers.delete(message.id)
      void this.#tryNow(message)
    }, wait)
    this.#timers.set(message.id, timer)
  }

  /** One after the other, so that an order that was asked for is the order in which they arrive. */
  async #release(messages: Message[]): Promise<void> {
    for (const message of messages) await this.#tryNow(message)
  }

  async #tryNow(message: Message): Promise<void> {
    const attempt = await this.#attempt(message)
    if (this.#stopped.signal.aborted || message.status !== 'pending') return
    message.tries += 1
    if (isSuccess(attempt)) {
      this.#finish(message, 'delivered')
      if (this.#mode === 'twice') await this.#attempt(message)
      return
    }
    const wait = SCHEDULE_MS[message.tries]
    if (wait === undefined) return this.#finish(message, 'failed')
    message.nextAttemptAt = this.#now() + wait * this.#scale
    this.#store.changed()
    this.#schedule(message)
  }

  #finish(message: Message, status: 'delivered' | 'failed'): void {
    message.status = status
    message.nextAttemptAt = null
    clearTimeout(this.#timers.get(message.id))
    this.#timers.delete(message.id)
    this.#store.changed()
  }

  async #attempt(message: Message): Promise<Attempt> {
    if (this.#inFlight >= IN_FLIGHT) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#inFlight += 1
    const at = this.#now()
    const started = performance.now()
    const result = await this.#post(message, at).finally(() => {
      this.#inFlight -= 1
      this.#waiting.shift()?.()
    })
    const attempt = { at, ...result, ms: Math.round(performance.now() - started) }
    if (this.#stopped.signal.aborted) return attempt
    message.attempts.push(attempt)
    this.#store.changed()
    this.#report(attempt)
    return attempt
  }

  async #post(message: Message, at: number): Promise<Pick<Attempt, 'status' | 'error'>> {
    if (!this.#endpoint || !this.#webhook) return { status: null, error: 'no endpoint' }
    const signedAt = new Date(at)
    try {
      const answer = await fetch(this.#endpoint.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Svix-Webhooks/local-stand-in',
          'svix-id': message.id,
          'svix-timestamp': String(Math.floor(at / SECOND)),
          'svix-signature': this.#webhook.sign(message.id, signedAt, message.payload),
        },
        body: message.payload,
        // Svix counts a redirect as a failure.
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#stopped.signal]),
      })
      await answer.body?.cancel()
      return { status: answer.status, error: null }
    } catch (error) {
      const { cause } = error instanceof Error ? error : {}
      return { status: null, error: cause instanceof Error ? cause.message : String(error) }
    }
  }

  /** One line when the receiver stops taking webhooks, none until it takes them again. */
  #report(attempt: Attempt): void {
    if (isSuccess(attempt)) this.#complained = false
    else if (!this.#complained) {
      this.#complained = true
      const why = attempt.status === null ? attempt.error : `answers ${attempt.status}`
      console.warn(
        `clerk: webhooks do not arrive at ${this.#endpoint?.url} (${why}); they will be sent again`,
      )
    }
  }

  #prune(): void {
    for (const message of this.#store.messages.values()) {
      if (this.#store.messages.size <= KEPT) return
      if (message.status !== 'pending') this.#store.messages.delete(message.id)
    }
  }
}

const isSuccess = ({ status }: Pick<Attempt, 'status'>) => status !== null && status >= 200 && status < 300
