/** What has been started and must be stopped again, the last one first. */
type Stoppable = { stop: () => Promise<void> }

export class Stoppers {
  readonly #starting = new Set<Promise<unknown>>()
  readonly #started: Stoppable[] = []
  #stopping = false

  /** Starts something and remembers it; once stopping has begun, nothing is started any more. */
  async keep<T extends Stoppable>(start: () => T | Promise<T>): Promise<T> {
    if (this.#stopping) throw new Error('everything is being stopped')
    const starting = Promise.resolve(start())
    this.#starting.add(starting)
    try {
      const started = await starting
      this.#started.push(started)
      return started
    } finally {
      this.#starting.delete(starting)
    }
  }

  /** Also what is only just starting. */
  async stopAll() {
    this.#stopping = true
    await Promise.allSettled(this.#starting)
    for (const one of this.#started.splice(0).reverse()) await one.stop()
  }
}
