/** Messages that were sent and have not arrived, as far as is known: kept on this device until they have, or are taken back. */
import { isRecord, text } from '../api/json.ts'
import { attempt, type DraftStorage, keyOf } from './drafts.ts'

export interface Unsent {
  /** The message's own, under which it may be sent any number of times. */
  id: string
  /** The conversation's id, or the one that it is to have. */
  conversationId: string
  hasBegun: boolean
  content: string
  createdAt: string
}

/** More of them nobody goes back to, and a device keeps little. */
const MOST_KEPT = 20

export class Outbox {
  readonly #storage: DraftStorage
  readonly #userId: string

  constructor(storage: DraftStorage, userId: string) {
    this.#storage = storage
    this.#userId = userId
  }

  /** Where storage is blocked or full, a message lasts as long as the page. */
  keep(message: Unsent): void {
    attempt(() => this.#storage.setItem(this.#keyOf(message.id), JSON.stringify(message)))
    for (const { id } of this.#all().slice(0, -MOST_KEPT)) this.forget(id)
  }

  forget(messageId: string): void {
    attempt(() => this.#storage.removeItem(this.#keyOf(messageId)))
  }

  /** In the order in which they were written. */
  of(conversationId: string): Unsent[] {
    return this.#all().filter((message) => message.conversationId === conversationId)
  }

  /** The latest conversation that could not begin. */
  unbegun(): string | null {
    return this.#all().findLast(({ hasBegun }) => !hasBegun)?.conversationId ?? null
  }

  #all(): Unsent[] {
    const kept = attempt(() => {
      const keys = Array.from({ length: this.#storage.length }, (_, n) => this.#storage.key(n) ?? '')
      const own = keys.filter((key) => key.startsWith(this.#keyOf('')))
      return own.flatMap((key) => parse(this.#storage.getItem(key)) ?? [])
    })
    return (kept ?? []).sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
  }

  #keyOf(messageId: string): string {
    return keyOf(this.#userId, `unsent.${messageId}`)
  }
}

function parse(kept: string | null): Unsent | null {
  const value: unknown = attempt(() => JSON.parse(kept ?? 'null'))
  if (!isRecord(value)) return null
  const id = text(value.id)
  const conversationId = text(value.conversationId)
  const content = text(value.content)
  const createdAt = text(value.createdAt)
  if (id === null || conversationId === null || content === null || createdAt === null) return null
  return { id, conversationId, hasBegun: value.hasBegun === true, content, createdAt }
}
