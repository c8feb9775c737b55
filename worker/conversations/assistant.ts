/**
 * The model, behind any endpoint that speaks OpenAI's chat completions: asked once, heard word by word, and never for
 * longer than its deadlines.
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 */
import { EventSourceParserStream } from 'eventsource-parser/stream'
import * as z from 'zod/mini'
import type { Config } from '../env.ts'
import { Problem } from '../errors.ts'
import type { TokenUsage } from './conversation.ts'

export type AssistantSettings = Pick<Config, 'AI_BASE_URL' | 'AI_API_KEY' | 'AI_MODEL' | 'AI_MAX_TOKENS'>

export type Turn = { role: 'system' | 'user' | 'assistant'; content: string }

/** What comes of a model, piece by piece: its words, and what there is to know of them. */
export type Piece = { text: string } | Notes

export type Notes = {
  usage?: TokenUsage
  /** Why the reply has ended before its end. */
  finishReason?: 'length' | 'content_filter'
  /** All together was too much for the model: it knows of nothing that was said before. */
  withoutHistory?: true
}

/**
 * In milliseconds, the time that a reader takes left out: a model that thinks first may take its time, one that has begun does
 * not pause for long.
 */
export const DEADLINES = { firstByte: 60_000, stall: 20_000, whole: 240_000 }

/** Longer than a whole reply as JSON. An isolate has 128 MiB for everybody, and a frame may come without an end. */
const MAX_FRAME_CHARS = 1024 * 1024

/**
 * Asks the model; once more without what was said before, where it refuses the whole.
 * @param signal Aborted when nobody listens any more: the model's request is then cancelled.
 * @throws {Problem} `assistant_unavailable` when it refuses, fails, stalls, breaks off or talks nonsense; `misconfigured`.
 *   Whatever `signal` was aborted with, when it was.
 */
export async function* askAssistant(
  settings: AssistantSettings,
  turns: Turn[],
  signal: AbortSignal,
  deadlines = DEADLINES,
): AsyncGenerator<Piece, void> {
  const patience = new Patience(deadlines.whole)
  const limits = AbortSignal.any([signal, patience.signal])
  try {
    patience.allow(deadlines.firstByte)
    let response = await ask(settings, turns, limits)
    const alone = withoutHistory(turns)
    if (REFUSES_THE_WHOLE.includes(response.status) && alone.length < turns.length) {
      await response.body?.cancel()
      yield { withoutHistory: true }
      response = await ask(settings, alone, limits)
    }
    if (!response.ok || !isEventStream(response)) throw await refused(response)
    yield* listen(response, patience, deadlines.stall)
  } catch (error) {
    signal.throwIfAborted()
    // The platform does not always pass an abort's own reason on.
    throw (
      patience.lost ??
      (error instanceof Problem ? error : new Problem('assistant_unavailable', { cause: error }))
    )
  } finally {
    patience.end()
  }
}

/** What is said to a conversation that does not fit into the model. Some say it with the status of any bad request. */
const REFUSES_THE_WHOLE = [400, 413]

const withoutHistory = (turns: Turn[]) =>
  turns.filter((turn, nth) => turn.role === 'system' || nth === turns.length - 1)

/** @throws {Problem} `misconfigured`. */
function ask(settings: AssistantSettings, messages: Turn[], signal: AbortSignal): Promise<Response> {
  const { AI_BASE_URL, AI_MODEL } = requireAssistant(settings)
  const { AI_API_KEY, AI_MAX_TOKENS } = settings
  return fetch(`${AI_BASE_URL}/chat/completions`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'text/event-stream',
      ...(AI_API_KEY && { Authorization: `Bearer ${AI_API_KEY}` }),
    },
    body: JSON.stringify({
      model: AI_MODEL,
      messages,
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: AI_MAX_TOKENS,
    }),
    // A redirect would carry the key along.
    redirect: 'manual',
    signal,
  })
}

/** @throws {Problem} `misconfigured` where no model has been named. */
export function requireAssistant({ AI_BASE_URL, AI_MODEL }: AssistantSettings) {
  if (AI_BASE_URL && AI_MODEL) return { AI_BASE_URL, AI_MODEL }
  throw new Problem('misconfigured', { facts: { variables: [AI_BASE_URL ? 'AI_MODEL' : 'AI_BASE_URL'] } })
}

/** Aborts when what is waited for takes too long, or everything together does. */
class Patience {
  readonly #controller = new AbortController()
  #wholeMs: number
  #since = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  /** What was waited for too long. */
  lost: Problem | undefined

  constructor(wholeMs: number) {
    this.#wholeMs = wholeMs
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Waits no longer than this for what is next. */
  allow(ms: number) {
    this.#since = performance.now()
    const deadline = ms < this.#wholeMs ? 'next' : 'whole'
    this.#timer = setTimeout(() => this.#lose(deadline), Math.min(ms, this.#wholeMs))
  }

  /** What was waited for is there. */
  rest() {
    clearTimeout(this.#timer)
    this.#wholeMs -= performance.now() - this.#since
  }

  end() {
    clearTimeout(this.#timer)
  }

  #lose(deadline: string) {
    this.lost = new Problem('assistant_unavailable', { facts: { assistant: `deadline: ${deadline}` } })
    this.#controller.abort(this.lost)
  }
}

const tokens = z.number().check(z.int(), z.gte(0), z.lte(2_147_483_647))
const usageSchema = z.object({ prompt_tokens: tokens, completion_tokens: tokens })

const chunkSchema = z.object({
  choices: z.nullish(
    z.array(
      z.object({
        delta: z.optional(z.nullable(z.object({ content: z.nullish(z.string()) }))),
        finish_reason: z.nullish(z.string()),
      }),
    ),
  ),
  /** Looked at by itself: nobody's reply is lost for a number that is none. */
  usage: z.optional(z.unknown()),
})

/** Until `[DONE]`. A model that has said why it ends may leave that out; one that just stops talking has broken off. */
async function* listen(response: Response, patience: Patience, stallMs: number): AsyncGenerator<Piece, void> {
  const frames = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: MAX_FRAME_CHARS }))
    .getReader()
  if (!frames) throw nonsense('no body')
  let finished = false
  try {
    for (;;) {
      const { done, value: frame } = await frames.read()
      patience.rest()
      if (done && !finished) throw nonsense('broke off')
      if (done || frame.data === '[DONE]') return
      const chunk = parseChunk(frame.data)
      const [choice] = chunk.choices ?? []
      const finishReason = choice?.finish_reason
      if (finishReason) finished = true
      // PostgreSQL holds no NUL. Half a surrogate pair is no mistake yet: its other half comes with the next piece.
      const text = choice?.delta?.content?.replaceAll('\0', '')
      if (text) yield { text }
      if (finishReason === 'length' || finishReason === 'content_filter') yield { finishReason }
      const usage = toUsage(chunk.usage)
      if (usage) yield { usage }
      patience.allow(stallMs)
    }
  } finally {
    await frames.cancel().catch(() => undefined)
  }
}

function parseChunk(data: string): z.output<typeof chunkSchema> {
  let json: unknown
  try {
    json = JSON.parse(data)
  } catch {
    throw nonsense('not JSON')
  }
  const chunk = chunkSchema.safeParse(json)
  // An error in the middle of a stream has neither choices nor usage.
  if (!chunk.success || !(chunk.data.choices || chunk.data.usage)) throw nonsense('not a chunk')
  return chunk.data
}

function toUsage(usage: unknown): TokenUsage | undefined {
  const { data } = usageSchema.safeParse(usage)
  return data && { promptTokens: data.prompt_tokens, completionTokens: data.completion_tokens }
}

const nonsense = (assistant: string) => new Problem('assistant_unavailable', { facts: { assistant } })

const isEventStream = (response: Response) =>
  /^text\/event-stream\b/i.test(response.headers.get('Content-Type') ?? '')

async function refused(response: Response): Promise<Problem> {
  await response.body?.cancel()
  const facts = { assistantStatus: response.status }
  if (response.status === 401 || response.status === 403)
    return new Problem('misconfigured', { facts: { ...facts, variables: ['AI_API_KEY'] } })
  // No such model, or no such address.
  if (response.status === 404)
    return new Problem('misconfigured', { facts: { ...facts, variables: ['AI_BASE_URL', 'AI_MODEL'] } })
  const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  return new Problem('assistant_unavailable', {
    facts: { ...facts, ...(retryAfter > 0 && { retryAfter }) },
    ...(retryAfter > 0 && { retryAfterSeconds: retryAfter }),
  })
}
