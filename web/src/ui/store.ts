/** A value that components watch: immutable, replaced as a whole, told to whoever listens. */
export abstract class Store<State> {
  #state: State
  readonly #listeners = new Set<() => void>()

  constructor(state: State) {
    this.#state = state
  }

  get state(): State {
    return this.#state
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  protected set(state: State): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
