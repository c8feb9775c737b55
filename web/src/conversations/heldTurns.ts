/** A thread's turns as this page changes them. Those that have not arrived are kept on this device, too. */
import type { Outbox } from './outbox.ts'
import type { ThreadState } from './threadState.ts'
import { type Answer, isLive, type Turn, textOf } from './turns.ts'

interface Holder {
  /** The id that a new conversation is to have. */
  readonly key: string
  state(): ThreadState
  patch(part: Partial<ThreadState>): void
}

export class HeldTurns {
  readonly #holder: Holder
  readonly #outbox: Outbox

  constructor(holder: Holder, outbox: Outbox) {
    this.#holder = holder
    this.#outbox = outbox
  }

  find(turnId: string): Turn | undefined {
    return this.#all().find(({ id }) => id === turnId)
  }

  add(turn: Turn): void {
    this.#holder.patch({ turns: [...this.#all(), turn] })
    this.#keep(turn)
  }

  /** Under its id or under a new one. */
  sendAgain({ id, ...turn }: Turn, nextId: string): void {
    const again: Turn = { ...turn, id: nextId, answer: { status: 'sending' } }
    if (nextId !== id) {
      again.isStored = false
      this.#outbox.forget(id)
    }
    this.change(id, () => again)
    if (!again.isStored) this.#keep(again)
  }

  change(turnId: string, next: (turn: Turn) => Turn): void {
    this.#holder.patch({ turns: this.#all().map((turn) => (turn.id === turnId ? next(turn) : turn)) })
  }

  answer(turnId: string, next: (answer: Answer) => Answer): void {
    this.change(turnId, (turn) => ({ ...turn, answer: next(turn.answer) }))
  }

  /** What is on its way is let go. */
  stop(): void {
    for (const { id, answer } of this.#all())
      if (isLive(answer)) this.answer(id, () => ({ status: 'stopped', text: textOf(answer), problem: null }))
  }

  drop(turnId: string): void {
    this.#outbox.forget(turnId)
    this.#holder.patch({ turns: this.#all().filter(({ id }) => id !== turnId) })
  }

  /** @returns the words of what has not arrived */
  dropUnsent(): string[] {
    const unsent = this.#all().filter(({ isStored }) => !isStored)
    for (const { id } of unsent) this.drop(id)
    return unsent.flatMap(({ question }) => question?.content ?? [])
  }

  arrived(turnId: string): void {
    this.#outbox.forget(turnId)
  }

  /** The conversation has begun: after a reload they are found in it. */
  begun(): void {
    for (const turn of this.#all()) if (!turn.isStored) this.#keep(turn)
  }

  #all(): readonly Turn[] {
    return this.#holder.state().turns
  }

  #keep({ id, question }: Turn): void {
    if (!question) return
    const begunId = this.#holder.state().id
    const conversationId = begunId ?? this.#holder.key
    this.#outbox.keep({ id, conversationId, hasBegun: begunId !== null, ...question })
  }
}
