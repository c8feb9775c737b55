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
import { type Listed, moreAt, withBeginning, withChanged } from './listed.ts'

export type ListState = { query: string } & (
  | { status: 'loading' }
  /** `problem`: it could not be read again, so that what is shown may be old. */
  | ({ status: 'loaded'; problem: Problem | null } & Listed)
  /** `isReading`: once more. */
  | { status: 'failed'; problem: Problem; isReading: boolean }
)

interface Clock {
  after(delayMs: number, run: () => void): () => void
}

/** Between two keys of somebody who types. */
const DEBOUNCE_MS = 250

export class ConversationList extends Store<ListState> {
  readonly #wire: Wire
  readonly #clock: Clock
  #turn = new AbortController()
  #further = new AbortController()
  #cancelSearch = () => {}
  /** What was heard of while the list was being read: its answer may be older. */
  readonly #changed = new Map<string, Conversation>()
  /** Whatever a late answer says. */
  readonly #gone = new Set<string>()
  /** What is shown was found by these words. */
  #shownFor = ''

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
    this.#changed.clear()
    const { query } = this.state
    if (this.state.status === 'failed') this.set({ ...this.state, isReading: true })
    const result = await this.#wire.ask(listCall(query), parseConversations, turn.signal)
    if (turn.signal.aborted) return
    const held = this.state.status === 'loaded' && this.#shownFor === query ? this.state : null
    if (!result.ok) {
      const { problem } = result
      return this.set(held ? { ...held, problem } : { query, status: 'failed', problem, isReading: false })
    }
    const { cursor } = result.value
    const beginning = { conversations: this.#corrected(result.value), more: moreAt(cursor) }
    const joined = held && withBeginning(held, beginning)
    if (!joined) this.#further.abort()
    this.#shownFor = query
    this.set({ query, status: 'loaded', problem: null, ...(joined ?? beginning) })
  }

  readMore = async (): Promise<void> => {
    if (this.state.status !== 'loaded') return
    const { more, query } = this.state
    if (this.#shownFor !== query) return
    if (more.status !== 'there' && more.status !== 'failed') return
    const { cursor } = more
    this.#further = new AbortController()
    const { signal } = this.#further
    this.#patch({ more: { status: 'reading', cursor } })
    const result = await this.#wire.ask(listCall(query, cursor), parseConversations, signal)
    // Meanwhile it was read for other words, or its beginning has outgrown what was held.
    if (signal.aborted || this.state.status !== 'loaded') return
    if (!result.ok) return this.#patch({ more: { status: 'failed', cursor, problem: result.problem } })
    const held = this.state.conversations
    const known = new Set([...held.map(({ id }) => id), ...this.#gone])
    const { items, cursor: next } = result.value
    this.#patch({ conversations: [...held, ...items.filter(({ id }) => !known.has(id))], more: moreAt(next) })
  }

  /** Once the typing has paused. An answer for words that have been typed over is not waited for. */
  search(query: string): void {
    this.#turn.abort()
    this.#further.abort()
    this.#cancelSearch()
    this.set({ ...this.state, query })
    this.#cancelSearch = this.#clock.after(DEBOUNCE_MS, () => void this.read())
  }

  find(id: string): Conversation | undefined {
    return this.state.status === 'loaded' ? this.state.conversations.find((one) => one.id === id) : undefined
  }

  /** Begun, named or written in, as the server told on another occasion. */
  touched(conversation: Conversation): void {
    this.#changed.set(conversation.id, conversation)
    if (this.state.status !== 'loaded') return
    this.#patch({ conversations: withChanged(this.state, conversation, this.state.query !== '') })
  }

  /** Deleted, here or elsewhere. */
  gone(id: string): void {
    this.#gone.add(id)
    if (this.state.status === 'loaded')
      this.#patch({ conversations: this.state.conversations.filter((one) => one.id !== id) })
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
      this.touched(conversation)
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
    this.gone(id)
    return null
  }

  close(): void {
    this.#turn.abort()
    this.#further.abort()
    this.#cancelSearch()
  }

  /** An answer, with what has been heard since it was asked for. */
  #corrected({ items, cursor }: Page<Conversation>): Conversation[] {
    let conversations = items
    for (const changed of this.#changed.values())
      conversations = withChanged({ conversations, more: moreAt(cursor) }, changed, this.state.query !== '')
    return conversations.filter(({ id }) => !this.#gone.has(id))
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
