/** The user's conversations, newest first: searched, read on page by page, renamed and deleted. */
import type { Problem } from '../api/problem.ts'
import type { Call, Result, Wire } from '../api/wire.ts'
import { Store } from '../ui/store.ts'
import {
  type Conversation,
  type Page,
  parseConversationBody,
  parseConversations,
  TITLE_MAX_CHARACTERS,
} from './conversation.ts'

export type ListState = { query: string } & (
  | { status: 'loading' }
  /** `problem`: it could not be read again, so that what is shown may be old. */
  | { status: 'loaded'; conversations: Conversation[]; more: More; problem: Problem | null }
  | { status: 'failed'; problem: Problem }
)

export type More =
  | { status: 'none' }
  | { status: 'there' | 'reading'; cursor: string }
  | { status: 'failed'; cursor: string; problem: Problem }

interface Clock {
  after(delayMs: number, run: () => void): () => void
}

/** Between two keys of somebody who types. */
const DEBOUNCE_MS = 250

export class ConversationList extends Store<ListState> {
  readonly #wire: Wire
  readonly #clock: Clock
  #turn = new AbortController()
  #cancelSearch = () => {}

  constructor(wire: Wire, clock: Clock) {
    super({ query: '', status: 'loading' })
    this.#wire = wire
    this.#clock = clock
  }

  /** From the beginning. What is shown stays until there is something newer; the newest reading counts. */
  read = async (): Promise<void> => {
    this.#turn.abort()
    this.#cancelSearch()
    const turn = new AbortController()
    this.#turn = turn
    const { query } = this.state
    if (this.state.status === 'failed') this.set({ query, status: 'loading' })
    const result = await this.#wire.ask(listCall(query), parseConversations, turn.signal)
    if (turn.signal.aborted) return
    if (result.ok) return this.set(loaded(query, result.value))
    const { problem } = result
    this.set(
      this.state.status === 'loaded' ? { ...this.state, problem } : { query, status: 'failed', problem },
    )
  }

  readMore = async (): Promise<void> => {
    if (this.state.status !== 'loaded') return
    const { more, query } = this.state
    if (more.status !== 'there' && more.status !== 'failed') return
    const { cursor } = more
    const { signal } = this.#turn
    this.#patch({ more: { status: 'reading', cursor } })
    const result = await this.#wire.ask(listCall(query, cursor), parseConversations, signal)
    // Read anew meanwhile, from the beginning or for other words.
    if (signal.aborted || this.state.status !== 'loaded') return
    if (!result.ok) return this.#patch({ more: { status: 'failed', cursor, problem: result.problem } })
    const held = this.state.conversations
    const known = new Set(held.map(({ id }) => id))
    const { items, cursor: next } = result.value
    this.#patch({ conversations: [...held, ...items.filter(({ id }) => !known.has(id))], more: moreAt(next) })
  }

  /** Once the typing has paused. An answer for words that have been typed over is not waited for. */
  search(query: string): void {
    this.#turn.abort()
    this.#cancelSearch()
    this.set({ ...this.state, query })
    this.#cancelSearch = this.#clock.after(DEBOUNCE_MS, () => void this.read())
  }

  find(id: string): Conversation | undefined {
    return this.state.status === 'loaded' ? this.state.conversations.find((one) => one.id === id) : undefined
  }

  /** Begun, named or written in, as the server told on another occasion. */
  touched(conversation: Conversation): void {
    if (this.state.status !== 'loaded') return
    // Whether a new one answers a search is the server's to say.
    if (this.state.query !== '' && !this.find(conversation.id)) return
    const others = this.state.conversations.filter(({ id }) => id !== conversation.id)
    const conversations = [conversation, ...others].sort(newestFirst)
    this.#patch({ conversations })
  }

  /** Shown at once, taken back when the server refuses. `tell` hears of both. */
  async rename(
    before: Conversation,
    title: string,
    tell: (conversation: Conversation) => void,
  ): Promise<Problem | null> {
    const { id } = before
    const named = title.trim().slice(0, TITLE_MAX_CHARACTERS)
    if (named === '' || named === before.title) return null
    const show = (conversation: Conversation) => {
      if (this.find(id)) this.touched(conversation)
      tell(conversation)
    }
    show({ ...before, title: named })
    const result = await this.#wire.ask(renameCall(id, named), parseConversationBody)
    show(result.ok ? result.value : before)
    return result.ok ? null : result.problem
  }

  /** One that is gone already is gone. */
  async remove(id: string): Promise<Problem | null> {
    const result: Result<true> = await this.#wire.ask(deleteCall(id), () => true)
    if (!result.ok && result.problem.code !== 'not_found') return result.problem
    if (this.state.status === 'loaded')
      this.#patch({ conversations: this.state.conversations.filter((one) => one.id !== id) })
    return null
  }

  close(): void {
    this.#turn.abort()
    this.#cancelSearch()
  }

  #patch(part: Partial<Extract<ListState, { status: 'loaded' }>>): void {
    if (this.state.status === 'loaded') this.set({ ...this.state, ...part })
  }
}

function listCall(query: string, cursor?: string): Call {
  const words = query.trim()
  const search = { ...(words !== '' && { query: words }), ...(cursor !== undefined && { cursor }) }
  return ({ conversations }, options) => conversations.$get({ query: search }, options)
}

const renameCall =
  (id: string, title: string): Call =>
  ({ conversations }, options) =>
    conversations[':id'].$patch({ param: { id }, json: { title } }, options)

const deleteCall =
  (id: string): Call =>
  ({ conversations }, options) =>
    conversations[':id'].$delete({ param: { id } }, options)

const moreAt = (cursor: string | null): More =>
  cursor === null ? { status: 'none' } : { status: 'there', cursor }

function loaded(query: string, { items, cursor }: Page<Conversation>): ListState {
  return { query, status: 'loaded', conversations: items, more: moreAt(cursor), problem: null }
}

const newestFirst = (a: Conversation, b: Conversation) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt)
