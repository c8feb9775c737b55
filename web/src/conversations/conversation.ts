/** Conversations and their messages as the API tells them, parsed once where they arrive. */
import { count, isRecord, text } from '../api/json.ts'

export interface Conversation {
  id: string
  /** Null until it is named, or its first message names it. */
  title: string | null
  /** ISO 8601, UTC. */
  createdAt: string
  /** Begun, or last written in. */
  updatedAt: string
}

export interface Question {
  role: 'user'
  id: string
  conversationId: string
  content: string
  createdAt: string
}

export const REPLY_STATUSES = ['pending', 'complete', 'stopped', 'failed'] as const
export type ReplyStatus = (typeof REPLY_STATUSES)[number]

export interface Reply {
  role: 'assistant'
  id: string
  conversationId: string
  content: string
  createdAt: string
  /** The question's id. */
  replyTo: string
  status: ReplyStatus
  usage: Usage | null
}

export interface Usage {
  promptTokens: number
  completionTokens: number
}

export type Message = Question | Reply

/** The API refuses more. */
export const MESSAGE_MAX_CHARACTERS = 16_000
export const TITLE_MAX_CHARACTERS = 200
export const SEARCH_MAX_CHARACTERS = 200

export function parseConversation(value: unknown): Conversation | null {
  if (!isRecord(value)) return null
  const id = text(value.id)
  const createdAt = text(value.createdAt)
  const updatedAt = text(value.updatedAt)
  if (id === null || createdAt === null || updatedAt === null) return null
  return { id, title: text(value.title), createdAt, updatedAt }
}

export function parseMessage(value: unknown): Message | null {
  if (!isRecord(value)) return null
  const id = text(value.id)
  const conversationId = text(value.conversationId)
  const content = text(value.content)
  const createdAt = text(value.createdAt)
  if (id === null || conversationId === null || content === null || createdAt === null) return null
  const message = { id, conversationId, content, createdAt }
  if (value.role === 'user') return { role: 'user', ...message }
  const replyTo = text(value.replyTo)
  const status = REPLY_STATUSES.find((known) => known === value.status)
  if (value.role !== 'assistant' || replyTo === null || !status) return null
  return { role: 'assistant', ...message, replyTo, status, usage: parseUsage(value.usage) }
}

function parseUsage(value: unknown): Usage | null {
  if (!isRecord(value)) return null
  const promptTokens = count(value.promptTokens)
  const completionTokens = count(value.completionTokens)
  return promptTokens === null || completionTokens === null ? null : { promptTokens, completionTokens }
}

export interface Page<Item> {
  items: Item[]
  /** Leads on; null at the end. */
  cursor: string | null
}

export const parseConversations = (body: unknown) => parsePage(body, 'conversations', parseConversation)
export const parseMessages = (body: unknown) => parsePage(body, 'messages', parseMessage)

function parsePage<Item>(
  body: unknown,
  name: string,
  parse: (value: unknown) => Item | null,
): Page<Item> | null {
  if (!isRecord(body)) return null
  const list = body[name]
  if (!Array.isArray(list)) return null
  const items = list.flatMap((value) => parse(value) ?? [])
  // A page with a hole would look like one that is whole.
  return items.length === list.length ? { items, cursor: text(body.nextCursor) } : null
}

/** The body of an answer about one conversation. */
export const parseConversationBody = (body: unknown) =>
  isRecord(body) ? parseConversation(body.conversation) : null

/** A message names a conversation that had no name, and brings it to the top; one that is replayed is an old one. */
export function writtenIn(
  known: Conversation | null,
  question: Question,
  title: string | null,
): Conversation {
  const { conversationId: id, createdAt } = question
  if (!known) return { id, title, createdAt, updatedAt: createdAt }
  const isNewer = Date.parse(createdAt) > Date.parse(known.updatedAt)
  return { ...known, title: title ?? known.title, updatedAt: isNewer ? createdAt : known.updatedAt }
}
