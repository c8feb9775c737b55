/** The reading half of a thread: its newest messages, the older ones page by page, and replies written elsewhere. */
import type { Problem } from '../api/problem.ts'
import type { Wire } from '../api/wire.ts'
import { Store } from '../ui/store.ts'
import { type Conversation, parseConversationBody, parseMessages } from './conversation.ts'
import {
  conversationCall,
  isRefusedId,
  messagesCall,
  olderAt,
  type ThreadState,
  whatEnded,
} from './threadState.ts'
import { turnsOf, withNewest, withOlder } from './turns.ts'

export interface ThreadEnvironment {
  now(): number
  /** @returns what cancels it */
  after(delayMs: number, run: () => void): () => void
  uuid(): string
}

/** A reply that is written elsewhere is asked for, oftener at first. */
const POLL = { firstMs: 1_500, capMs: 10_000, growth: 1.5 } as const

const nothing = () => {}

export abstract class ThreadReading extends Store<ThreadState> {
  protected readonly wire: Wire
  protected readonly env: ThreadEnvironment
  #reading = new AbortController()
  #cancelReread = nothing
  #polls = 0

  constructor(id: string | null, wire: Wire, env: ThreadEnvironment) {
    const history = { status: id === null ? 'new' : 'loading' } as const
    super({ id, conversation: null, history, turns: [], isBusy: false, spoken: '' })
    this.wire = wire
    this.env = env
  }

  /** At first, and whenever something may have changed elsewhere. The newest reading counts. */
  read = async (): Promise<void> => {
    const { id, history, conversation } = this.state
    if (id === null) return
    this.stopReading()
    const { signal } = this.#reading
    if (history.status === 'failed') this.patch({ history: { status: 'loading' } })
    if (!conversation) void this.#readConversation(id, signal)
    const result = await this.wire.ask(messagesCall(id), parseMessages, signal)
    if (signal.aborted) return
    if (!result.ok) return this.#unread(result.problem)
    const { items, cursor } = result.value
    const { turns, isWhole } = withNewest(turnsOf(items), this.state.turns)
    const known = this.state.history
    const keeps = isWhole && known.status === 'loaded'
    const spoken = whatEnded(this.state.turns, turns) ?? this.state.spoken
    this.patch({ turns, spoken, history: keeps ? known : { status: 'loaded', older: olderAt(cursor) } })
    this.pollWhilePending()
  }

  readOlder = async (): Promise<void> => {
    const { id, history } = this.state
    if (id === null || history.status !== 'loaded') return
    const { older } = history
    if (older.status !== 'there' && older.status !== 'failed') return
    const { cursor } = older
    this.patch({ history: { status: 'loaded', older: { status: 'reading', cursor } } })
    const result = await this.wire.ask(messagesCall(id, cursor), parseMessages)
    // Meanwhile the thread may have been read anew from its end, and reach less far back.
    const now = this.state.history
    if (now.status !== 'loaded' || now.older.status !== 'reading' || now.older.cursor !== cursor) return
    if (!result.ok) {
      const { problem } = result
      return this.patch({ history: { status: 'loaded', older: { status: 'failed', cursor, problem } } })
    }
    this.patch({
      turns: withOlder(turnsOf(result.value.items), this.state.turns),
      history: { status: 'loaded', older: olderAt(result.value.cursor) },
    })
  }

  /** Its title, as the server told it on another occasion. */
  named(conversation: Conversation): void {
    this.patch({ conversation })
  }

  protected pollWhilePending(): void {
    const isPending = this.state.turns.some(({ answer }) => answer.status === 'pending')
    if (!isPending) {
      this.#polls = 0
      return
    }
    this.rereadSoon(Math.min(POLL.capMs, POLL.firstMs * POLL.growth ** this.#polls))
    this.#polls += 1
  }

  protected rereadSoon(delayMs: number): void {
    this.#cancelReread()
    this.#cancelReread = this.env.after(delayMs, () => void this.read())
  }

  protected stopReading(): void {
    this.#reading.abort()
    this.#reading = new AbortController()
    this.#cancelReread()
  }

  protected patch(part: Partial<ThreadState>): void {
    this.set({ ...this.state, ...part })
  }

  async #readConversation(id: string, signal: AbortSignal): Promise<void> {
    const result = await this.wire.ask(conversationCall(id), parseConversationBody, signal)
    if (result.ok && !signal.aborted) this.named(result.value)
  }

  #unread(problem: Problem): void {
    if (isRefusedId(problem)) this.patch({ history: { status: 'missing' } })
    else if (this.state.history.status !== 'loaded') this.patch({ history: { status: 'failed', problem } })
    else this.pollWhilePending()
  }
}
