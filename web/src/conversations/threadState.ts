/** Where a thread stands: one value, replaced as a whole. */
import type { Problem } from '../api/problem.ts'
import type { Call } from '../api/wire.ts'
import type { Conversation } from './conversation.ts'
import { type Answer, type Turn, textOf } from './turns.ts'

export type History =
  /** Nothing is on the server yet. */
  | { status: 'new' }
  | { status: 'loading' }
  | { status: 'loaded'; older: Older }
  /** No such conversation, or somebody else's: alike. */
  | { status: 'missing' }
  | { status: 'failed'; problem: Problem }

export type Older =
  | { status: 'none' }
  | { status: 'there' | 'reading'; cursor: string }
  | { status: 'failed'; cursor: string; problem: Problem }

export interface ThreadState {
  id: string | null
  /** Null until it has begun, or its title has been read. */
  conversation: Conversation | null
  history: History
  turns: readonly Turn[]
  /** A message of this page is on its way, or its reply is being written. */
  isBusy: boolean
  /** What is read aloud: a reply once it is finished, or why there is none. */
  spoken: string
}

export const messagesCall =
  (id: string, cursor?: string): Call =>
  ({ conversations }, options) =>
    conversations[':id'].messages.$get(
      { param: { id }, query: cursor === undefined ? {} : { cursor } },
      options,
    )

export const conversationCall =
  (id: string): Call =>
  ({ conversations }, options) =>
    conversations[':id'].$get({ param: { id } }, options)

export const createCall: Call = ({ conversations }, options) => conversations.$post({ json: {} }, options)

export const olderAt = (cursor: string | null): Older =>
  cursor === null ? { status: 'none' } : { status: 'there', cursor }

/** No such conversation. An address that is no id at all is refused in other words. */
export const isRefusedId = ({ code }: Problem) => ['not_found', 'invalid', 'bad_request'].includes(code)

export function spokenOf(answer: Answer): string {
  const said = textOf(answer)
  if (answer.status === 'complete') return said === '' ? 'The reply is empty' : `Reply: ${said}`
  return answer.status === 'failed' ? 'There was no reply' : 'The reply was stopped'
}

/** What is to be said of a reply that was being written elsewhere and has ended meanwhile. */
export function whatEnded(before: readonly Turn[], after: readonly Turn[]): string | null {
  const pending = new Set(before.flatMap(({ id, answer }) => (answer.status === 'pending' ? id : [])))
  const ended = after.findLast(({ id, answer }) => pending.has(id) && answer.status !== 'pending')
  return ended ? spokenOf(ended.answer) : null
}
