/** Where a thread stands: one value, replaced as a whole. */
import type { Problem } from '../api/problem.ts'
import type { Call } from '../api/wire.ts'
import { aloud } from './aloud.ts'
import type { Conversation } from './conversation.ts'
import { type Answer, isLive, isOpen, type Turn, textOf } from './turns.ts'
import { cutOffWords, failedWords } from './words.ts'

export type History =
  /** Nothing is on the server yet. */
  | { status: 'new' }
  | { status: 'loading' }
  | { status: 'loaded'; older: Older }
  /** No such conversation, or somebody else's: alike. */
  | { status: 'missing' }
  /** `isReading`: once more. */
  | { status: 'failed'; problem: Problem; isReading: boolean }

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
  /** What is read aloud: a reply once it is finished, or the beginning of a long one, or why there is none. */
  spoken: string
}

export const MISSING = 'This conversation is not here'

/** A message of this page is on its way, or its reply is being written. */
export const isBusy = ({ turns }: ThreadState) => turns.some(({ answer }) => isLive(answer))

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

/** @param id what the conversation is to be called by: the same one begins once */
export function createCall(id: string): Call {
  const beginning: { id: string; title?: string } = { id }
  return ({ conversations }, options) => conversations.$post({ json: beginning }, options)
}

export const olderAt = (cursor: string | null): Older =>
  cursor === null ? { status: 'none' } : { status: 'there', cursor }

export function spokenOf(answer: Answer): string {
  const said = textOf(answer)
  if (answer.status === 'complete')
    return [said === '' ? 'The reply is empty.' : `Reply: ${aloud(said)}`, cutOffWords(answer.finishReason)]
      .filter(Boolean)
      .join(' ')
  return answer.status === 'failed' ? failedWords(said, answer.problem) : 'The reply was stopped'
}

/** What is to be said of a reply whose end was not heard here, and has been read meanwhile. */
export function whatEnded(before: readonly Turn[], after: readonly Turn[]): string | null {
  const open = new Map(before.filter(({ answer }) => isOpen(answer)).map(({ id, answer }) => [id, answer]))
  const ended = after.findLast(({ id, answer }) => open.has(id) && !isOpen(answer))
  if (!ended) return null
  // That it broke off has been said.
  const isOld = open.get(ended.id)?.status === 'interrupted' && ended.answer.status !== 'complete'
  return isOld ? null : spokenOf(ended.answer)
}
