/** The model behind the stand-in: aimock, which speaks OpenAI's wire, with our replies and at our pace. */
import { randomUUID } from 'node:crypto'
import { LLMock, type TextResponse } from '@copilotkit/aimock'
import * as z from 'zod'
import { replyTo } from './replies.ts'

/** How fast the words come. */
export const paceSchema = z.strictObject({
  /** From the question to the first word. */
  firstMs: z.number().nonnegative().max(600_000),
  /** From one piece of the reply to the next. */
  chunkMs: z.number().nonnegative().max(600_000),
})
export type Pace = z.infer<typeof paceSchema>

/** About as fast as a hosted model, and slow enough to see it stream. */
export const PLEASANT: Pace = { firstMs: 500, chunkMs: 30 }

/** For tests and measurements. */
export const AT_ONCE: Pace = { firstMs: 0, chunkMs: 0 }

/** Real ones do not tick like a clock either. */
const JITTER = 0.4

/** What every question is answered with while it is set. */
export const scriptedSchema = z.strictObject({
  /** Empty: a reply without a word in it. */
  text: z.string(),
  /** `null`: the model sends no usage, asked for or not. Absent: about what it would be. */
  usage: z
    .strictObject({
      prompt_tokens: z.number().int().nonnegative(),
      completion_tokens: z.number().int().nonnegative(),
    })
    .nullable()
    .optional(),
  finishReason: z.enum(['stop', 'length', 'content_filter']).default('stop'),
})
type Scripted = z.infer<typeof scriptedSchema>

export class Model {
  readonly #key = randomUUID()
  readonly #mock: LLMock
  readonly #pace: Pace
  #scripted: Scripted | undefined

  constructor(pace: Pace) {
    this.#pace = pace
    // It talks to any page and has switches of its own: only who knows the key gets in, and that is the stand-in.
    this.#mock = new LLMock({
      port: 0,
      host: '127.0.0.1',
      journalMaxEntries: 1,
      auth: { apiKeys: [this.#key] },
    })
  }

  async start() {
    await this.#mock.start()
    this.reset()
  }

  stop = () => this.#mock.stop()

  /** Its own words and its own pace again. */
  reset() {
    this.#scripted = undefined
    this.setPace(this.#pace)
  }

  script(scripted: Scripted) {
    this.#scripted = scripted
  }

  /** From the next question on. */
  setPace({ firstMs, chunkMs }: Pace) {
    this.#mock.clearFixtures().addFixture({
      match: { endpoint: 'chat' },
      response: (request) => this.#reply(request.messages),
      latency: chunkMs,
      streamingProfile: { ttft: firstMs, jitter: JITTER, ...(chunkMs > 0 && { tps: 1000 / chunkMs }) },
      // Its pieces are so many characters each; ours are words, given one by one.
      chunkSize: Number.MAX_SAFE_INTEGER,
    })
  }

  /** @param gone Ends the wait for the first word; later, whoever reads the answer cancels it. */
  async answer(body: Record<string, unknown>, gone: AbortSignal): Promise<Response> {
    const { stream_options, ...rest } = body
    const asked = this.#scripted?.usage === null ? rest : body
    const waiting = new AbortController()
    const giveUp = () => waiting.abort()
    gone.addEventListener('abort', giveUp)
    const {
      status,
      headers,
      body: answer,
    } = await fetch(`${this.#mock.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.#key}` },
      body: JSON.stringify(asked),
      signal: waiting.signal,
    }).finally(() => gone.removeEventListener('abort', giveUp))
    // Locked at once: a body that nobody reads yet goes when fetch's own response is garbage collected.
    const kept = answer?.pipeThrough(new TransformStream())
    // Nothing else of its head is OpenAI's: it lets every page read the answer.
    return new Response(kept, {
      status,
      headers: {
        'Content-Type': headers.get('Content-Type') ?? 'application/json',
        'Cache-Control': 'no-cache',
      },
    })
  }

  #reply(messages: unknown) {
    const { text, usage, finishReason = 'stop' } = this.#scripted ?? { text: replyTo(messages) }
    const common = { finishReason, ...(usage && { usage }) } satisfies Partial<TextResponse>
    const pieces = text.match(PIECE) ?? []
    if (pieces.length === 0) return { content: '', ...common }
    return { blocks: pieces.map((piece) => ({ type: 'text' as const, text: piece })), ...common }
  }
}

/** One or two words with the blanks behind them: about what a model says at a time. */
const PIECE = /^\s+|\S+\s*(?:\S{1,6}\s+)?/g
