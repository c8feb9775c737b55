/**
 * One conversation: what has been said in it, the message being sent and the reply being written. Knows neither React nor
 * Clerk. It goes on while another conversation is looked at: what arrives belongs to it and to no other.
 */
import type { Problem } from '../api/problem.ts'
import type { Wire } from '../api/wire.ts'
import type { Quota } from '../users/user.ts'
import {
  type Conversation,
  MESSAGE_MAX_CHARACTERS,
  parseConversationBody,
  type Question,
} from './conversation.ts'
import { deliver, type Ending, type Heard } from './delivery.ts'
import type { Draft } from './drafts.ts'
import { type ThreadEnvironment, ThreadReading } from './threadReading.ts'
import { createCall, spokenOf } from './threadState.ts'
import { type Answer, answerOf, canRetry, isLive, type Turn, textOf } from './turns.ts'

/** What a thread tells of itself to whoever holds it. */
export interface ThreadHost {
  created(thread: Thread, conversation: Conversation): void
  /** Begun, named or written in. */
  touched(conversation: Conversation): void
  /** A reply has ended, whichever way. */
  settled(conversationId: string): void
  quota(quota: Quota): void
  /** The quota has changed by an amount that nobody told. */
  requota(): void
  /** The conversation is gone, these words are not. */
  orphaned(text: string): void
}

/** The server settles a reply within moments of a connection's end. */
const AFTER_BREAK_MS = 1_500

export class Thread extends ThreadReading {
  /** For as long as the page lives, also before the server has given an id. */
  readonly key: string
  readonly draft: Draft
  readonly #host: ThreadHost
  /** Ends the sending that runs; whoever holds another one is late. */
  #sending = new AbortController()

  constructor(id: string | null, wire: Wire, env: ThreadEnvironment, host: ThreadHost, draft: Draft) {
    super(id, wire, env)
    this.key = env.uuid()
    this.draft = draft
    this.#host = host
  }

  /** @returns whether the words were taken; a second Enter finds the first one busy */
  send(content: string): boolean {
    const text = content.trim()
    if (text === '' || text.length > MESSAGE_MAX_CHARACTERS) return false
    if (this.state.isBusy || this.state.history.status === 'missing') return false
    const id = this.env.uuid()
    const question = { content: text, createdAt: new Date(this.env.now()).toISOString() }
    const turn: Turn = { id, question, answer: { status: 'sending' }, isStored: false }
    this.patch({ turns: [...this.state.turns, turn] })
    this.draft.lift()
    void this.#deliver(id, text)
    return true
  }

  /** Asks once more under the same id: the server replays what it has, or tries again, and counts nothing twice. */
  retry(turnId: string): void {
    const turn = this.state.turns.find(({ id }) => id === turnId)
    if (!turn?.question || this.state.isBusy || !canRetry(turn.answer)) return
    // Other words already stand under this id: only a new one can help.
    const isTaken = turn.answer.status === 'failed' && turn.answer.problem?.code === 'conflict'
    const id = isTaken ? this.env.uuid() : turn.id
    this.#change(turnId, () => ({ ...turn, id, answer: { status: 'sending' } }))
    void this.#deliver(id, turn.question.content)
  }

  /** The reader has heard enough: the model is let go, what it has said stays. */
  stop = (): void => {
    if (!this.state.isBusy) return
    this.#sending.abort()
    const turns = this.state.turns.map((turn) =>
      isLive(turn.answer)
        ? { ...turn, answer: { status: 'stopped', text: textOf(turn.answer) } as const }
        : turn,
    )
    this.patch({ turns, isBusy: false, spoken: 'Stopped' })
    this.#host.requota()
    this.rereadSoon(AFTER_BREAK_MS)
  }

  /** Nobody will look at it again. */
  close(): void {
    this.#sending.abort()
    this.stopReading()
  }

  async #deliver(id: string, content: string): Promise<void> {
    const sending = new AbortController()
    this.#sending = sending
    this.patch({ isBusy: true, spoken: '' })
    const conversationId = this.state.id ?? (await this.#create(id, sending.signal))
    if (conversationId === null || sending.signal.aborted) return
    const ending = await deliver(
      this.wire,
      this.env.after,
      { conversationId, id, content },
      sending.signal,
      (heard) => this.#hear(id, heard),
    )
    if (sending.signal.aborted) return
    this.patch({ isBusy: false })
    this.#ended(id, content, ending)
    this.#host.settled(conversationId)
  }

  /** The conversation begins with its first message. */
  async #create(turnId: string, signal: AbortSignal): Promise<string | null> {
    const result = await this.wire.ask(createCall, parseConversationBody, signal)
    if (signal.aborted) return null
    if (!result.ok) {
      this.patch({ isBusy: false })
      this.#fail(turnId, result.problem)
      return null
    }
    const conversation = result.value
    this.draft.moveTo(conversation.id)
    this.patch({
      id: conversation.id,
      conversation,
      history: { status: 'loaded', older: { status: 'none' } },
    })
    this.#host.created(this, conversation)
    return conversation.id
  }

  #hear(turnId: string, heard: Heard): void {
    if (heard.kind === 'delta') {
      this.#answer(turnId, (answer) => ({ status: 'streaming', text: textOf(answer) + heard.text }))
      return
    }
    const { question, title, quota } = heard
    const { content, createdAt } = question
    const answer = { status: 'thinking' } as const
    this.#change(turnId, (turn) => ({ ...turn, question: { content, createdAt }, answer, isStored: true }))
    this.draft.settle()
    if (quota) this.#host.quota(quota)
    this.#host.touched(writtenIn(this.state.conversation, question, title))
  }

  #ended(turnId: string, content: string, ending: Ending): void {
    if (ending.kind === 'done') {
      const answer = answerOf(ending.reply)
      this.#answer(turnId, () => answer)
      this.patch({ spoken: spokenOf(answer) })
      if (ending.quota) this.#host.quota(ending.quota)
      this.pollWhilePending()
    } else if (ending.kind === 'error') {
      this.#fail(turnId, ending.problem)
      this.#host.requota()
    } else if (ending.kind === 'broken') {
      const { problem } = ending
      this.#answer(turnId, (answer) => ({ status: 'interrupted', text: textOf(answer), problem }))
      this.patch({ spoken: problem.title })
      this.rereadSoon(AFTER_BREAK_MS)
    } else {
      this.#refused(turnId, content, ending.problem)
    }
  }

  #refused(turnId: string, content: string, problem: Problem): void {
    if (problem.code === 'quota_exceeded') {
      this.#takeBack(turnId)
      this.draft.giveBack(content)
      this.#host.requota()
    } else if (problem.code === 'not_found') {
      this.#takeBack(turnId)
      this.draft.write('')
      this.patch({ history: { status: 'missing' } })
      this.#host.orphaned(content)
    } else {
      this.#fail(turnId, problem)
      // Without an answer it may have arrived all the same.
      if (problem.status === 0) this.rereadSoon(AFTER_BREAK_MS)
    }
  }

  #takeBack(turnId: string): void {
    this.patch({ turns: this.state.turns.filter(({ id }) => id !== turnId) })
  }

  #fail(turnId: string, problem: Problem): void {
    this.#answer(turnId, (answer) => ({ status: 'failed', text: textOf(answer), problem }))
    this.patch({ spoken: problem.title })
  }

  #answer(turnId: string, next: (answer: Answer) => Answer): void {
    this.#change(turnId, (turn) => ({ ...turn, answer: next(turn.answer) }))
  }

  #change(turnId: string, next: (turn: Turn) => Turn): void {
    this.patch({ turns: this.state.turns.map((turn) => (turn.id === turnId ? next(turn) : turn)) })
  }
}

/** A message names a conversation that had no name, and brings it to the top; one that is replayed is an old one. */
function writtenIn(known: Conversation | null, question: Question, title: string | null): Conversation {
  const { conversationId: id, createdAt } = question
  if (!known) return { id, title, createdAt, updatedAt: createdAt }
  const isNewer = Date.parse(createdAt) > Date.parse(known.updatedAt)
  return { ...known, title: title ?? known.title, updatedAt: isNewer ? createdAt : known.updatedAt }
}
