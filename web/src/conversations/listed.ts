/** A list of conversations, newest first, as far as it has been read; and how its beginning, read anew, joins it. */
import type { Problem } from '../api/problem.ts'
import type { Conversation } from './conversation.ts'

export interface Listed {
  conversations: Conversation[]
  more: More
}

export type More =
  | { status: 'none' }
  | { status: 'there' | 'reading'; cursor: string }
  | { status: 'failed'; cursor: string; problem: Problem }

export const moreAt = (cursor: string | null): More =>
  cursor === null ? { status: 'none' } : { status: 'there', cursor }

/**
 * What was read further down stays behind it, so that nobody who has read on loses their place.
 * @returns null where nothing can: the beginning is all there is, or what was held is in it, or it does not reach as far down
 */
export function withBeginning(held: Listed, beginning: Listed): Listed | null {
  const end = beginning.conversations.at(-1)
  if (beginning.more.status === 'none' || !end) return null
  const told = new Set(beginning.conversations.map(({ id }) => id))
  if (!held.conversations.some(({ id }) => told.has(id))) return null
  // What stood among these and is not told any more is gone.
  const further = held.conversations.filter((one) => !told.has(one.id) && newestFirst(end, one) <= 0)
  const isSameEnd = held.more.status !== 'none' && held.more.cursor === beginning.more.cursor
  if (further.length === 0 && !isSameEnd) return null
  const { more } = held
  // What could not be read a while ago is tried with the beginning.
  return {
    conversations: [...beginning.conversations, ...further],
    more: more.status === 'failed' ? moreAt(more.cursor) : more,
  }
}

/** One that was begun, named or written in, in its place by time. Whether a new one answers a search is the server's to say. */
export function withChanged(
  { conversations, more }: Listed,
  changed: Conversation,
  isSearch: boolean,
): Conversation[] {
  const end = conversations.at(-1)
  const isWithin = !isSearch && (more.status === 'none' || (end && newestFirst(changed, end) <= 0))
  if (!isWithin && !conversations.some(({ id }) => id === changed.id)) return conversations
  const others = conversations.filter(({ id }) => id !== changed.id)
  return [changed, ...others].sort(newestFirst)
}

const newestFirst = (a: Conversation, b: Conversation) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt)
