/** One answer's wire: events, a sign of life every second, and whether anybody is there to read them. */
import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import type { AppEnv } from '../http.ts'

/** Only who writes learns that nobody reads any more, and a model may think for long before its first word. */
const HEARTBEAT_MS = 1_000

/** A comment, which no reader of events tells of. */
const HEARTBEAT = ': \n\n'

/** For so long, all in all, a reader may keep an answer waiting. Whoever takes nothing for longer has gone without a word. */
const MOST_WAITED_MS = 20_000

export class Line {
  readonly #stream: SSEStreamingApi
  readonly #gone = new AbortController()
  readonly #left = Promise.withResolvers<void>()
  readonly #heart: ReturnType<typeof setInterval>
  /** What has been written and not been taken, and since when. */
  #pending = 0
  #since = 0
  /** All the times before. */
  #waitedMs = 0

  /** @param signal Aborted when the request is dropped, which may be before anybody has begun to read. */
  constructor(stream: SSEStreamingApi, signal: AbortSignal) {
    this.#stream = stream
    stream.onAbort(() => {
      this.#gone.abort()
      this.#left.resolve()
    })
    signal.addEventListener('abort', () => stream.abort())
    if (signal.aborted) stream.abort()
    this.#heart = setInterval(() => this.#beat(), HEARTBEAT_MS)
  }

  /** Aborted when the reader has gone away. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** Waits until the reader has taken it, or has gone away. */
  send(event: 'message' | 'delta' | 'done' | 'error', data: unknown): Promise<void> {
    return this.#write(() => this.#stream.writeSSE({ event, data: JSON.stringify(data) }))
  }

  end() {
    clearInterval(this.#heart)
  }

  #beat() {
    if (this.#waited() >= MOST_WAITED_MS) this.#stream.abort()
    else if (this.#pending === 0) void this.#write(() => this.#stream.write(HEARTBEAT))
  }

  #waited() {
    return this.#waitedMs + (this.#pending > 0 ? performance.now() - this.#since : 0)
  }

  async #write(write: () => Promise<unknown>) {
    if (this.gone.aborted) return
    if (this.#pending === 0) this.#since = performance.now()
    this.#pending += 1
    await Promise.race([write(), this.#left.promise])
    const waited = this.#waited()
    this.#pending -= 1
    if (this.#pending === 0) this.#waitedMs = waited
  }
}

/** Answers with whatever is said on the line, until that has ended. */
export function openLine<Env extends AppEnv>(
  c: Context<Env>,
  speak: (line: Line) => Promise<void>,
): Response {
  const { promise, resolve } = Promise.withResolvers<void>()
  c.get('tasks').push(promise)
  return streamSSE(c, async (stream) => {
    const line = new Line(stream, c.req.raw.signal)
    try {
      await speak(line)
    } finally {
      line.end()
      resolve()
    }
  })
}
