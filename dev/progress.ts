/** What the start is busy with: one line a finished step, and on a terminal the ones under way beneath them. */
export class Progress {
  readonly #pending = new Set<string>()
  readonly #out: NodeJS.WriteStream
  readonly #live: boolean

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out
    this.#live = out.isTTY === true
  }

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now()
    this.#pending.add(name)
    this.#drawPending()
    let mark = '✗'
    try {
      const result = await work()
      mark = '✓'
      return result
    } finally {
      this.#pending.delete(name)
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      this.line(`  ${mark} ${name.padEnd(36)} ${seconds.padStart(5)} s`)
    }
  }

  /** Any other line, kept apart from the live one. */
  line(text: string) {
    if (this.#live) this.#out.write('\r\x1b[K')
    this.#out.write(`${text}\n`)
    this.#drawPending()
  }

  #drawPending() {
    if (this.#live && this.#pending.size > 0) this.#out.write(`\r\x1b[K  … ${[...this.#pending].join(', ')}`)
  }
}
