/** How far a pass has come: a bar on a terminal, a line now and then elsewhere. */

/** In characters. */
const BAR_WIDTH = 28
const DRAW_EVERY_MS = 100
const LINE_EVERY_MS = 5_000

export class Progress {
  readonly #out: NodeJS.WriteStream
  readonly #began = performance.now()
  #drawn = Number.NEGATIVE_INFINITY

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  show(users: number, of: number) {
    const now = performance.now()
    if (now - this.#drawn < (this.#out.isTTY ? DRAW_EVERY_MS : LINE_EVERY_MS)) return
    this.#drawn = now
    const text = progressLine(users, of, (now - this.#began) / 1000)
    this.#out.write(this.#out.isTTY ? `\r\x1b[K${text}` : `${text}\n`)
  }

  /** A line of its own, above the bar. */
  say(text: string) {
    this.clear()
    this.#out.write(`${text}\n`)
  }

  clear() {
    if (this.#out.isTTY) this.#out.write('\r\x1b[K')
    this.#drawn = Number.NEGATIVE_INFINITY
  }
}

export function progressLine(users: number, of: number, seconds: number): string {
  const share = of > 0 ? Math.min(1, users / of) : 1
  const filled = Math.round(share * BAR_WIDTH)
  const rate = users / Math.max(seconds, 0.001)
  const left = rate > 0 ? clock(Math.max(0, of - users) / rate) : '?'
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled)
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  return `  ${bar} ${percent}  ${number(users)} of ${number(of)} users  ${number(Math.round(rate))}/s  ${left} left`
}

export const number = (value: number) => value.toLocaleString('en')

function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
