/**
 * One conversation: what has been said in it, the message being sent and the reply being written. Knows neither React nor
 * Clerk. It goes on while another conversation is looked at: what arrives belongs to it and to no other.
 */
import type { Problem } from '../api/problem.ts'
import { retryAfterMs } from '../api/retry.ts'
import type { Wire } from '../api/wire.ts'
import { Store } from '../ui/store.ts'
import {
  type Conversation,
  MESSAGE_MAX_CHARACTERS,
  parseConversationBody,
  writtenIn,
} from './conversation.ts'
import { deliver, type Ending, type Heard } from './delivery.ts'
import { type Draft, NEW } from './drafts.ts'
import { HeldTurns } from './heldTurns.ts'
import type { ThreadHost, ThreadParts } from './threadHost.ts'
import { type ThreadEnvironment, ThreadReading } from './threadReading.ts'
import { createCall, isBusy, MISSING, spokenOf, type ThreadState } from './threadState.ts'
import { answerOf, canRetry, canTakeBack, type Reason, type Turn, textOf, unsentTurn } from './turns.ts'

export class Thread extends Store<ThreadState> {
  /** For as long as the page lives; the id that a new conversation asks for, so that it begins once, however often it is tried. */
  readonly key: string
  readonly draft: Draft
  readonly #turns: HeldTurns
  readonly #wire: Wire
  readonly #env: ThreadEnvironment
  readonly #host: ThreadHost
  readonly #reading: ThreadReading
  /** Ends the sending that runs; whoever holds another one is late. */
  #sending = new AbortController()

  constructor({ id, key, wire, env, host, draft, outbox }: ThreadParts) {
    super({
      id,
      conversation: null,
      history: { status: id === null ? 'new' : 'loading' },
      turns: outbox.of(id ?? key).map(unsentTurn),
      spoken: '',
    })
    this.key = key
    this.draft = draft
    this.#wire = wire
    this.#env = env
    this.#host = host
    const holder = { key, state: () => this.state, patch: (part: Partial<ThreadState>) => this.#patch(part) }
    this.#turns = new HeldTurns(holder, outbox)
    this.#reading = new ThreadReading(
      {
        ...holder,
        arrived: (ids) => this.#arrived(ids),
        missing: () => this.#missing(),
        settled: () => this.state.id !== null && this.#host.settled(this.state.id),
      },
      wire,
      env,
    )
  }

  read = () => this.#reading.read()

  readOlder = () => this.#reading.readOlder()

  /** Its title, as the server told it on another occasion. */
  named(conversation: Conversation): void {
    this.#patch({ conversation })
  }

  /** Another tab has begun what could not begin here. */
  begunElsewhere(): void {
    this.draft.moveTo(this.key)
    this.#patch({ id: this.key, history: { status: 'loading' } })
    this.#turns.begun()
  }

  /** @returns whether the words were taken; a second Enter finds the first one busy */
  send(content: string): boolean {
    const text = content.trim()
    if (text === '' || text.length > MESSAGE_MAX_CHARACTERS) return false
    if (isBusy(this.state) || this.state.history.status === 'missing') return false
    const id = this.#env.uuid()
    const question = { content: text, createdAt: new Date(this.#env.now()).toISOString() }
    const turn: Turn = { id, question, answer: { status: 'sending' }, isStored: false }
    this.#turns.add(turn)
    this.draft.write('')
    if (this.state.id === null) this.draft.moveTo(this.key)
    void this.#deliver(id, text)
    return true
  }

  /** Asks once more under the same id: the server replays what it has, or tries again, and counts nothing twice. */
  retry(turnId: string): void {
    const turn = this.#turns.find(turnId)
    if (!turn?.question || isBusy(this.state) || !canRetry(turn.answer)) return
    // Other words already stand under this id: only a new one can help.
    const isTaken = 'problem' in turn.answer && turn.answer.problem?.code === 'conflict'
    const id = isTaken ? this.#env.uuid() : turn.id
    this.#turns.sendAgain(turn, id)
    void this.#deliver(id, turn.question.content)
  }

  /** The reader has heard enough: the model is let go, what it has said stays. */
  stop = (): void => {
    if (!isBusy(this.state)) return
    this.#sending.abort()
    this.#turns.stop()
    this.#patch({ spoken: 'Stopped' })
    this.#host.requota()
    this.#reading.awaitSettling()
  }

  /** Back into the composer, to be written anew. */
  takeBack(turnId: string): void {
    const turn = this.#turns.find(turnId)
    if (!turn?.question || !canTakeBack(turn)) return
    this.#turns.drop(turnId)
    this.draft.giveBack(turn.question.content)
    if (this.state.id === null && this.state.turns.length === 0) this.draft.moveTo(NEW)
  }

  /** @returns all that has been written here and has not arrived */
  giveUp(): string {
    const words = [...this.#turns.dropUnsent(), this.draft.state]
    this.draft.write('')
    return words.filter((text) => text !== '').join('\n\n')
  }

  /** Nobody will look at it again. */
  close(): void {
    this.#sending.abort()
    this.#reading.stop()
  }

  async #deliver(id: string, content: string): Promise<void> {
    const sending = new AbortController()
    this.#sending = sending
    this.#patch({ spoken: '' })
    const conversationId = this.state.id ?? (await this.#create(id, sending.signal))
    if (conversationId === null || sending.signal.aborted) return
    const ending = await deliver(
      this.#wire,
      this.#env.after,
      { conversationId, id, content },
      sending.signal,
      (heard) => this.#hear(id, heard),
    )
    if (sending.signal.aborted) return
    this.#ended(id, content, ending)
    this.#host.settled(conversationId)
  }

  /** The conversation begins with its first message. */
  async #create(turnId: string, signal: AbortSignal): Promise<string | null> {
    const result = await this.#wire.ask(createCall(this.key), parseConversationBody, signal)
    if (signal.aborted) return null
    if (!result.ok) {
      this.#fail(turnId, result.problem)
      this.#host.unbegun(this)
      return null
    }
    const conversation = result.value
    this.draft.moveTo(conversation.id)
    this.#patch({
      id: conversation.id,
      conversation,
      history: { status: 'loaded', older: { status: 'none' } },
    })
    this.#turns.begun()
    this.#host.created(this, conversation)
    return conversation.id
  }

  #hear(turnId: string, heard: Heard): void {
    if (heard.kind === 'delta') {
      this.#turns.answer(turnId, (answer) => ({ status: 'streaming', text: textOf(answer) + heard.text }))
      return
    }
    const { question, title, quota } = heard
    const { content, createdAt } = question
    const answer = { status: 'thinking' } as const
    this.#turns.change(turnId, (turn) => ({
      ...turn,
      question: { content, createdAt },
      answer,
      isStored: true,
    }))
    this.#turns.arrived(turnId)
    if (quota) this.#host.quota(quota)
    this.#host.touched(writtenIn(this.state.conversation, question, title))
  }

  #ended(turnId: string, content: string, ending: Ending): void {
    if (ending.kind === 'done') {
      const answer = answerOf(ending.reply, ending.finishReason)
      this.#turns.answer(turnId, () => answer)
      this.#patch({ spoken: spokenOf(answer) })
      if (ending.quota) this.#host.quota(ending.quota)
      this.#reading.pollWhileOpen()
    } else if (ending.kind === 'error') {
      this.#fail(turnId, ending.problem)
      if (ending.quota) this.#host.quota(ending.quota)
      else if (ending.problem.code === 'quota_exceeded') this.#host.exceeded()
      else this.#host.requota()
    } else if (ending.kind === 'broken') {
      const { problem } = ending
      this.#turns.answer(turnId, (answer) => ({ status: 'interrupted', text: textOf(answer), problem }))
      this.#patch({ spoken: problem.title })
      this.#reading.awaitSettling()
    } else {
      this.#refused(turnId, content, ending.problem)
    }
  }

  #arrived(turnIds: string[]): void {
    for (const id of turnIds) this.#turns.arrived(id)
    this.#host.requota()
  }

  /** Deleted elsewhere, or never there. */
  #missing(): void {
    const words = this.giveUp()
    this.#patch({ history: { status: 'missing' }, spoken: MISSING })
    if (this.state.id !== null) this.#host.gone(this.state.id, words)
  }

  #refused(turnId: string, content: string, problem: Problem): void {
    if (problem.code === 'quota_exceeded') {
      this.#exceeded(turnId, content, problem)
    } else if (problem.code === 'not_found') {
      this.#turns.change(turnId, (turn) => ({ ...turn, isStored: false }))
      this.#missing()
    } else {
      this.#fail(turnId, problem)
      // Without an answer it may have arrived all the same.
      if (problem.status === 0) this.#reading.awaitSettling()
    }
  }

  #exceeded(turnId: string, content: string, problem: Problem): void {
    // One that has been said before stays where it was said.
    if (this.#turns.find(turnId)?.isStored) {
      this.#fail(turnId, problem)
    } else {
      this.#turns.drop(turnId)
      this.draft.giveBack(content)
      this.#patch({ spoken: `${problem.title}. Your message is kept.` })
    }
    this.#host.exceeded()
  }

  #fail(turnId: string, problem: Problem): void {
    const now = this.#env.now()
    const askedMs = retryAfterMs(problem.retryAfter, now)
    const reason: Reason = { ...problem, ...(askedMs > 0 && { retryAt: now + askedMs }) }
    this.#turns.answer(turnId, (answer) => ({ status: 'failed', text: textOf(answer), problem: reason }))
    const failed = this.#turns.find(turnId)
    this.#patch({ spoken: failed ? spokenOf(failed.answer) : problem.title })
  }

  #patch(part: Partial<ThreadState>): void {
    this.set({ ...this.state, ...part })
  }
}
