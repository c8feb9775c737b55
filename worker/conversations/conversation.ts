/** The nouns of talking to the assistant. */
import type { REPLY_STATUSES } from '../db/enums.ts'

export type Conversation = {
  id: string
  /** Null until somebody names it, or its first message does. */
  title: string | null
  createdAt: Date
  /** When it was begun or last written in. Renaming it does not count. */
  updatedAt: Date
}

export type ReplyStatus = (typeof REPLY_STATUSES)[number]

/** What the model says that a reply has cost; null where it does not say. */
export type TokenUsage = { promptTokens: number; completionTokens: number }

export type UserMessage = {
  id: string
  conversationId: string
  role: 'user'
  content: string
  createdAt: Date
}

export type Reply = {
  id: string
  conversationId: string
  role: 'assistant'
  content: string
  createdAt: Date
  /** The message that it answers. */
  replyTo: string
  status: ReplyStatus
  usage: TokenUsage | null
}

export type Message = UserMessage | Reply

/** A message and its answer, as the model is told of what was said before. */
export type Exchange = { said: string; replied: string }

/** As much as a list shows in a line. */
const TITLE_GRAPHEMES = 60

const graphemes = new Intl.Segmenter()

/** A title for a conversation that begins with these words: the first line that says something, cut between words. */
export function titleFrom(content: string): string {
  const lines = content.split('\n').map((line) => line.replace(/^[\s#>*`-]+/, '').trim())
  const line = (lines.find(Boolean) ?? content.trim()).replace(/\s+/g, ' ')
  // PostgreSQL holds no half of a surrogate pair, and a character may have as many marks upon it as somebody likes.
  const beginning = line.slice(0, 2048).replace(/\p{Surrogate}$/u, '')
  const characters = Array.from(graphemes.segment(beginning), ({ segment }) => segment)
  if (characters.length <= TITLE_GRAPHEMES) return characters.join('')
  const cut = characters.slice(0, TITLE_GRAPHEMES - 1).join('')
  // A language without spaces, or a very long word, is cut where it has to be.
  const words = cut.replace(/\s+\S*$/, '')
  return `${words.length > cut.length / 2 ? words : cut}…`
}
