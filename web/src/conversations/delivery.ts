/** One sending of one message: what is heard on the way, and how it ended. */
import { badAnswer, type Problem, UNREACHABLE } from '../api/problem.ts'
import type { Wire } from '../api/wire.ts'
import { type ReplyEvent, readReply } from './replyStream.ts'

export type Heard = Extract<ReplyEvent, { kind: 'accepted' | 'delta' }>

export type Ending =
  | Extract<ReplyEvent, { kind: 'done' | 'error' }>
  /** Not accepted, as far as is known. */
  | { kind: 'refused'; problem: Problem }
  /** The connection ended before the last word. */
  | { kind: 'broken'; problem: Problem }

export interface Delivery {
  conversationId: string
  /** Chosen here; the same for every attempt. */
  id: string
  content: string
}

/** The server gives a sign of life every second, however long the model thinks: nobody is there any more. */
const SILENCE_MS = 15_000

const BROKEN: Problem = {
  ...UNREACHABLE,
  title: 'The connection broke while the reply was being written',
  code: 'interrupted',
}

/** Never rejects. What is heard after `signal` has fired is not told. */
export async function deliver(
  wire: Wire,
  after: (delayMs: number, run: () => void) => () => void,
  { conversationId, id, content }: Delivery,
  signal: AbortSignal,
  tell: (heard: Heard) => void,
): Promise<Ending> {
  const opened = await wire.open(
    ({ conversations }, options) =>
      conversations[':id'].messages.$post({ param: { id: conversationId }, json: { id, content } }, options),
    signal,
  )
  if (!opened.ok) return { kind: 'refused', problem: opened.problem }
  const response = opened.value
  // A captive portal's page, or the like: it can hold no reply.
  if (!response.headers.get('Content-Type')?.startsWith('text/event-stream'))
    return { kind: 'refused', problem: badAnswer(response) }

  const silent = new AbortController()
  let cancelSilence = after(SILENCE_MS, () => silent.abort())
  const heard = () => {
    cancelSilence()
    cancelSilence = after(SILENCE_MS, () => silent.abort())
  }
  let ending: Ending = { kind: 'broken', problem: BROKEN }
  const hear = (event: ReplyEvent) => {
    if (event.kind === 'done' || event.kind === 'error') ending = event
    else tell(event)
  }
  await readReply(response, AbortSignal.any([signal, silent.signal]), hear, heard).catch(() => {})
  cancelSilence()
  return ending
}
