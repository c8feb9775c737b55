/** A reply as it is being written: the stream of events behind a message that was sent. */
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { orAborted } from '../api/abort.ts'
import { count, isRecord, text } from '../api/json.ts'
import { badAnswer, type Problem, parseProblem } from '../api/problem.ts'
import { parseQuota, type Quota } from '../users/user.ts'
import { parseMessage, type Question, type Reply } from './conversation.ts'

export type ReplyEvent =
  /** The message is stored and counted. */
  | { kind: 'accepted'; question: Question; title: string | null; quota: Quota | null }
  | { kind: 'delta'; text: string }
  /** `finishReason`: null when the model ended of its own accord, as far as is told. */
  | { kind: 'done'; reply: Reply; finishReason: string | null; quota: Quota | null }
  | { kind: 'error'; problem: Problem; quota: Quota | null }

/**
 * Tells every event until the stream ends. `heard` is told of any sign of life, comments included.
 * Rejects when the connection breaks or `signal` fires.
 */
export async function readReply(
  response: Response,
  signal: AbortSignal,
  tell: (event: ReplyEvent) => void,
  heard: () => void,
): Promise<void> {
  if (!response.body) return tell(unreadable(response))
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ onComment: heard }))
    .getReader()
  try {
    for (;;) {
      const { done, value } = await orAborted(events.read(), signal)
      if (done) return
      heard()
      const event = parseEvent(value.event ?? 'message', value.data, response)
      if (event) tell(event)
    }
  } finally {
    // A reader that is no longer wanted lets go of the connection; how that ends matters to nobody.
    events.cancel().catch(() => {})
  }
}

/** Null for an event that this page does not know: a later server may say more. */
function parseEvent(name: string, data: string, response: Response): ReplyEvent | null {
  const body = parseJson(data)
  const known = ['message', 'delta', 'done', 'error'].includes(name)
  if (!known) return null
  return (isRecord(body) && parseKnown(name, body, response)) || unreadable(response)
}

const unreadable = (response: Response): ReplyEvent => ({
  kind: 'error',
  problem: badAnswer(response),
  quota: null,
})

function parseKnown(name: string, body: Record<string, unknown>, response: Response): ReplyEvent | null {
  const quota = parseQuota(body.quota)
  if (name === 'delta') {
    const piece = text(body.text)
    return piece === null ? null : { kind: 'delta', text: piece }
  }
  if (name === 'error') {
    const problem = parseProblem(body, response)
    const seconds = count(body.retryAfter)
    return (
      problem && {
        kind: 'error',
        problem: { ...problem, ...(seconds !== null && { retryAfter: String(seconds) }) },
        quota,
      }
    )
  }
  const message = parseMessage(body.message)
  if (name === 'message' && message?.role === 'user') {
    const title = isRecord(body.conversation) ? text(body.conversation.title) : null
    return { kind: 'accepted', question: message, title, quota }
  }
  if (name === 'done' && message?.role === 'assistant')
    return { kind: 'done', reply: message, finishReason: text(body.finishReason), quota }
  return null
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return null
  }
}
