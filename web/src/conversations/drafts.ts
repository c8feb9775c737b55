/** What has been written and not sent: kept on this device under its user's id until it is sent or they sign out. */
import { Store } from '../ui/store.ts'

export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

const PREFIX = 'swarai.draft.'

/** The place of a conversation that has yet to begin. As soon as its first message is sent, it has one of its own. */
export const NEW = 'new'

/** What one composer holds. */
export class Draft extends Store<string> {
  readonly #storage: DraftStorage
  readonly #userId: string
  #place: string

  constructor(storage: DraftStorage, userId: string, place: string) {
    super(attempt(() => storage.getItem(keyOf(userId, place))) ?? '')
    this.#storage = storage
    this.#userId = userId
    this.#place = place
  }

  write(text: string): void {
    this.#keep(text)
    this.set(text)
  }

  /** Could not be accepted: back into the composer, before what has been written since. */
  giveBack(text: string): void {
    this.write(this.state === '' ? text : `${text}\n\n${this.state}`)
  }

  /** Leaves its place to whatever comes next; what is kept at the other one stays, behind this. */
  moveTo(place: string): void {
    if (place === this.#place) return
    this.#keep('')
    this.#place = place
    const there = attempt(() => this.#storage.getItem(keyOf(this.#userId, place))) ?? ''
    const text = this.state
    this.set(there)
    if (text !== '') this.giveBack(text)
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

export const keyOf = (userId: string, place: string) => `${PREFIX}${userId}.${place}`

/** Null when storage refuses. */
export function attempt<Value>(work: () => Value): Value | null {
  try {
    return work()
  } catch {
    return null
  }
}
