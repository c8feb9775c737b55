/** What has been written and not sent, kept on this device under its user's id until it is sent or they sign out. */
import { Store } from '../ui/store.ts'

export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

const PREFIX = 'swarai.draft.'

/** The place of a conversation that has not begun. */
const NEW = 'new'

/** One conversation's draft: what its composer holds. */
export class Draft extends Store<string> {
  readonly #storage: DraftStorage
  readonly #userId: string
  #place: string

  constructor(storage: DraftStorage, userId: string, conversationId: string | null) {
    const place = conversationId ?? NEW
    super(attempt(() => storage.getItem(keyOf(userId, place))) ?? '')
    this.#storage = storage
    this.#userId = userId
    this.#place = place
  }

  write(text: string): void {
    this.#keep(text)
    this.set(text)
  }

  /** Sent, but not yet accepted: the composer empties, and a reload meanwhile would bring the words back. */
  lift(): void {
    this.set('')
  }

  /** Accepted: nothing to bring back but what has been written since. */
  settle(): void {
    this.#keep(this.state)
  }

  /** Could not be accepted: back into the composer, before what has been written since. */
  giveBack(text: string): void {
    this.write(this.state === '' ? text : `${text}\n\n${this.state}`)
  }

  /** The conversation has begun. */
  moveTo(conversationId: string): void {
    const kept = attempt(() => this.#storage.getItem(keyOf(this.#userId, this.#place)))
    attempt(() => this.#storage.removeItem(keyOf(this.#userId, this.#place)))
    this.#place = conversationId
    this.#keep(kept ?? '')
  }

  #keep(text: string): void {
    const key = keyOf(this.#userId, this.#place)
    // Storage may be blocked or full: then a draft lasts as long as the page.
    attempt(() => (text === '' ? this.#storage.removeItem(key) : this.#storage.setItem(key, text)))
  }
}

/** Of one user who has signed out, or of everybody else when somebody has signed in. */
export function forgetDrafts(storage: DraftStorage, whose: { of: string } | { allBut: string }): void {
  attempt(() => {
    const keys = Array.from({ length: storage.length }, (_, n) => storage.key(n) ?? '')
    for (const key of keys.filter((name) => name.startsWith(PREFIX))) {
      const isTheirs = (userId: string) => key.startsWith(keyOf(userId, ''))
      if ('of' in whose ? isTheirs(whose.of) : !isTheirs(whose.allBut)) storage.removeItem(key)
    }
  })
}

const keyOf = (userId: string, place: string) => `${PREFIX}${userId}.${place}`

function attempt<Value>(work: () => Value): Value | null {
  try {
    return work()
  } catch {
    return null
  }
}
