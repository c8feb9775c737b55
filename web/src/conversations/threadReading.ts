/** The reading of a thread: its newest messages, the older ones page by page, and replies written elsewhere. */
import type { Problem } from '../api/problem.ts'
import type { Wire } from '../api/wire.ts'
import { parseConversationBody, parseMessages } from './conversation.ts'
import {
  conversationCall,
  isBusy,
  messagesCall,
  olderAt,
  type ThreadState,
  whatEnded,
} from './threadState.ts'
import { isOpen, type Turn, turnsOf, withNewest, withOlder } from './turns.ts'

export interface ThreadEnvironment {
  now(): number
  /** @returns what cancels it */
  after(delayMs: number, run: () => void): () => void
  uuid(): string
}

/** The thread that is read. */
export interface Readable {
  state(): ThreadState
  patch(part: Partial<ThreadState>): void
  /** Messages whose sending seemed to have failed. */
  arrived(messageIds: string[]): void
  /** There is no such conversation. */
  missing(): void
  /** The server has settled what was awaited. */
  settled(): void
}

/** Mostly the server has settled a reply by then whose reader has gone. */
const AFTER_END_MS = 1_500

/** A reply that is written elsewhere is asked for, oftener at first. */
const POLL = { firstMs: 1_500, capMs: 10_000, growth: 1.5 } as const

const nothing = () => {}

export class ThreadReading {
  readonly #thread: Readable
  readonly #wire: Wire
  readonly #after: ThreadEnvironment['after']
  #turn = new AbortController()
  #cancelReread = nothing
  #polls = 0
  /** A reply has ended here, and what the server has made of it has not been read yet. */
  #isAwaited = false

  constructor(thread: Readable, wire: Wire, { after }: ThreadEnvironment) {
    this.#thread = thread
    this.#wire = wire
    this.#after = after
  }

  /** At first, and whenever something may have changed elsewhere. The newest reading counts. */
  async read(): Promise<void> {
    const { id, history, conversation, turns: asked } = this.#thread.state()
    if (id === null) return
    this.stop()
    const { signal } = this.#turn
    if (history.status === 'failed') this.#thread.patch({ history: { ...history, isReading: true } })
    // Its first message names it, also one whose answer was lost.
    if (!conversation?.title) void this.#readConversation(id, signal)
    const result = await this.#wire.ask(messagesCall(id), parseMessages, signal)
    if (signal.aborted) return
    if (!result.ok) return this.#unread(result.problem)
    const { items, cursor } = result.value
    const before = this.#thread.state()
    const newest = turnsOf(items)
    const { turns, isWhole } = withNewest(newest, before.turns, storedIn(asked))
    const [stored, now] = [storedIn(before.turns), storedIn(turns)]
    const keeps = isWhole && before.history.status === 'loaded'
    const spoken = whatEnded(before.turns, turns) ?? before.spoken
    this.#thread.patch({
      turns,
      spoken,
      history: keeps ? before.history : { status: 'loaded', older: olderAt(cursor) },
    })
    const arrived = before.turns.flatMap(({ id }) => (stored.has(id) || !now.has(id) ? [] : id))
    if (arrived.length > 0) this.#thread.arrived(arrived)
    if (this.#isAwaited && !newest.some(({ answer }) => answer.status === 'pending')) {
      this.#isAwaited = false
      this.#thread.settled()
    }
    this.pollWhileOpen()
  }

  async readOlder(): Promise<void> {
    const { id, history } = this.#thread.state()
    if (id === null || history.status !== 'loaded') return
    const { older } = history
    if (older.status !== 'there' && older.status !== 'failed') return
    const { cursor } = older
    this.#thread.patch({ history: { status: 'loaded', older: { status: 'reading', cursor } } })
    const result = await this.#wire.ask(messagesCall(id, cursor), parseMessages)
    // Meanwhile the thread may have been read anew from its end, and reach less far back.
    const now = this.#thread.state().history
    if (now.status !== 'loaded' || now.older.status !== 'reading' || now.older.cursor !== cursor) return
    if (!result.ok) {
      const { problem } = result
      this.#thread.patch({ history: { status: 'loaded', older: { status: 'failed', cursor, problem } } })
      return
    }
    this.#thread.patch({
      turns: withOlder(turnsOf(result.value.items), this.#thread.state().turns),
      history: { status: 'loaded', older: olderAt(result.value.cursor) },
    })
  }

  /** A reply has ended here without its last word: reads until the server has settled it. */
  awaitSettling(): void {
    this.#isAwaited = true
    this.#polls = 0
    this.#readIn(AFTER_END_MS)
  }

  pollWhileOpen(): void {
    const { turns } = this.#thread.state()
    const isAwaited = this.#isAwaited && !isBusy(this.#thread.state())
    if (!isAwaited && !turns.some(({ answer }) => isOpen(answer))) {
      this.#polls = 0
      return
    }
    this.#readIn(Math.min(POLL.capMs, POLL.firstMs * POLL.growth ** this.#polls))
    this.#polls += 1
  }

  stop(): void {
    this.#turn.abort()
    this.#turn = new AbortController()
    this.#cancelReread()
  }

  #readIn(delayMs: number): void {
    this.#cancelReread()
    this.#cancelReread = this.#after(delayMs, () => void this.read())
  }

  async #readConversation(id: string, signal: AbortSignal): Promise<void> {
    const result = await this.#wire.ask(conversationCall(id), parseConversationBody, signal)
    if (result.ok && !signal.aborted) this.#thread.patch({ conversation: result.value })
  }

  #unread(problem: Problem): void {
    const { status } = this.#thread.state().history
    if (status === 'missing') return
    if (problem.code === 'not_found') this.#thread.missing()
    else if (status === 'loaded') this.pollWhileOpen()
    else this.#thread.patch({ history: { status: 'failed', problem, isReading: false } })
  }
}

const storedIn = (turns: readonly Turn[]) =>
  new Set(turns.flatMap(({ id, isStored }) => (isStored ? id : [])))
