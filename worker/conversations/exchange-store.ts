/** Messages and their replies: taken, settled, read. Whatever goes as it should is one request to the database. */
import { NeonDbError } from '@neondatabase/serverless'
import { sql } from 'drizzle-orm'
import { type DatabaseSettings, inIndexOrder, query, UNIQUE_VIOLATION } from '../db/client.ts'
import { Problem } from '../errors.ts'
import { type QuotaRow, type QuotaSettings, quotaOf, selectQuota } from '../quota/store.ts'
import { type Quota, quotaHeaders, type Tier } from '../quota/tiers.ts'
import { readAs, writeAs } from '../users/standing.ts'
import type { Conversation, Exchange, Message, Reply, ReplyStatus, UserMessage } from './conversation.ts'
import {
  accept,
  bookTokens,
  holdSender,
  type Sending,
  type Settlement,
  settle,
  statusOf,
} from './exchange-rule.ts'

type Settings = DatabaseSettings & QuotaSettings

/** For one attempt. Whoever sends at the same moment as hundreds of others waits for his turn rather than for an error. */
const TAKE_DEADLINE_MS = 7_000

export type Acceptance = {
  /**
   * `accepted`: the model is to be asked; `repeated`: the reply is there already; `busy`: it is being written elsewhere;
   * `exceeded`: nothing is left of the day's messages.
   */
  verdict: 'accepted' | 'repeated' | 'busy' | 'exceeded'
  message: UserMessage
  conversation: Conversation
  tier: Tier
  quota: Quota
  /** What was said before, the oldest first. */
  history: Exchange[]
}

/**
 * Takes a message. Safe to repeat: the same sending is known by its reply's id.
 * @throws {Problem} `not_found` for a conversation that is not the user's, `conflict`, `user_deleted`, `user_banned`.
 */
export async function acceptMessage(settings: Settings, sending: Sending): Promise<Acceptance> {
  const { conversationId, messageId: id, content, userId } = sending
  const row = await take(settings, sending).catch((error: unknown) => {
    if (!(error instanceof NeonDbError)) throw error
    return take(settings, sending, [])
  })
  switch (row.verdict) {
    case 'missing': {
      // Only who may write finds a place to write in: now it is worth a question who does not.
      const [quotas] = await readAs(settings, userId, (db) => [
        db.execute<QuotaRow>(selectQuota(userId, settings)),
      ])
      throw new Problem('not_found', { headers: quotaHeaders(theQuota(quotas.rows)) })
    }
    case 'conflict':
    case 'worn-out':
      throw new Problem('conflict', {
        headers: quotaHeaders(quotaOf(row)),
        detail:
          row.verdict === 'conflict'
            ? 'Another message has been sent under this id.'
            : 'This message has been tried too often. Please send it anew.',
      })
  }
  const { verdict, tier, title, begunAt, writtenAt, createdAt, history, counted, ...quota } = row
  // What was used before this statement is old news to whoever has been refused after waiting for others.
  const used = verdict === 'exceeded' ? Math.max(quota.used, quota.limit) : (counted ?? quota.used)
  return {
    verdict,
    message: { id, conversationId, role: 'user', content, createdAt },
    conversation: { id: conversationId, title, createdAt: begunAt, updatedAt: writtenAt },
    tier,
    quota: quotaOf({ ...quota, used }),
    history: history ?? [],
  }
}

/** @param expected SQLSTATEs that come out as they are: the same message has been written down at the same moment. */
async function take(settings: Settings, sending: Sending, expected = [UNIQUE_VIOLATION]) {
  const [, { rows }] = await query(
    settings,
    (db) =>
      db.batch([
        db.execute(holdSender(sending.userId)),
        db.execute<AcceptanceRow>(accept(sending, settings)),
      ]),
    { expected, deadlineMs: TAKE_DEADLINE_MS },
  )
  const [row] = rows
  if (!row) throw new TypeError('a verdict is always given')
  return row
}

/**
 * Writes down how a reply has ended, and gives what is held. Safe to repeat.
 * @param mayBeDone An answer to the same has been lost.
 * @throws {Problem} `not_found` when the conversation has been deleted meanwhile, `user_deleted`, `user_banned`.
 */
export async function settleReply(
  settings: Settings,
  sending: Pick<Sending, 'userId' | 'messageId' | 'replyId'>,
  settlement: Settlement,
  mayBeDone = false,
): Promise<{ reply: Reply; quota: Quota }> {
  const { userId, messageId, replyId } = sending
  let asked = mayBeDone ? 1 : 0
  const [, replies, quotas] = await writeAs(settings, userId, (db) => {
    asked += 1
    return [
      db.execute(settle(userId, replyId, settlement, settings.QUOTA_TIME_ZONE)),
      db.execute<MessageRow>(
        sql`select ${columns} from messages where user_id = ${userId} and id = ${replyId}::uuid`,
      ),
      db.execute<QuotaRow>(selectQuota(userId, settings)),
    ]
  })
  const { usage } = settlement
  // Gone with its conversation. Where an answer has been lost before, its tokens may be in the books already.
  if (replies.rows.length === 0 && usage && asked === 1) {
    const booking = bookTokens(userId, messageId, usage)
    // Once and no more, since nothing would show that it has been done; and what the reader is told does not hang on it.
    await query(settings, (db) => db.execute(booking), { attempts: 1 }).catch(() => undefined)
  }
  return { reply: theReply(replies.rows), quota: theQuota(quotas.rows) }
}

/**
 * The reply to a message of the user's.
 * @throws {Problem} `not_found`, `user_deleted`, `user_banned`.
 */
export async function findReply(
  settings: Settings,
  userId: string,
  messageId: string,
): Promise<{ reply: Reply; quota: Quota }> {
  const [replies, quotas] = await readAs(settings, userId, (db) => [
    db.execute<MessageRow>(
      sql`select ${columns} from messages where user_id = ${userId} and reply_to = ${messageId}::uuid`,
    ),
    db.execute<QuotaRow>(selectQuota(userId, settings)),
  ])
  return { reply: theReply(replies.rows), quota: theQuota(quotas.rows) }
}

/** Neon answers with 10 MiB at the most, and as many of the longest replies come near it. A page may be shorter than asked for. */
const MOST_MESSAGES = 50

/**
 * A page of a conversation in reading order: its end, or what comes before the message at `cursor`.
 * @throws {Problem} `not_found` for a conversation that is not the user's, `user_deleted`, `user_banned`.
 */
export async function listMessages(
  settings: Settings,
  userId: string,
  conversationId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ messages: Message[]; next: string | null; quota: Quota }> {
  const most = Math.min(limit, MOST_MESSAGES)
  const older = cursor ? sql`and position < ${cursor}::bigint` : sql``
  const [, places, found, quotas] = await readAs(settings, userId, (db) => [
    db.execute(inIndexOrder),
    db.execute(sql`select from conversations where user_id = ${userId} and id = ${conversationId}::uuid`),
    db.execute<MessageRow>(sql`
      select ${columns} from messages
      where user_id = ${userId} and conversation_id = ${conversationId}::uuid ${older}
      order by position desc limit ${most + 1}`),
    db.execute<QuotaRow>(selectQuota(userId, settings)),
  ])
  const quota = theQuota(quotas.rows)
  if (places.rows.length === 0) throw new Problem('not_found', { headers: quotaHeaders(quota) })
  const page = found.rows.slice(0, most)
  return {
    messages: page.toReversed().map(toMessage),
    next: (found.rows.length > most && page.at(-1)?.position) || null,
    quota,
  }
}

type AcceptanceRow = QuotaRow & {
  verdict: Acceptance['verdict'] | 'missing' | 'conflict' | 'worn-out'
  tier: Tier
  title: string | null
  begunAt: Date
  writtenAt: Date
  createdAt: Date
  /** The day's messages with this one, if it has been counted. */
  counted: number | null
  /** Of a message that the model is to be asked for. */
  history: Exchange[] | null
}

type MessageRow = {
  id: string
  conversationId: string
  position: string
  content: string
  createdAt: Date
  promptTokens: number | null
  completionTokens: number | null
} & ({ role: 'user' } | { role: 'assistant'; replyTo: string; status: ReplyStatus })

const columns = sql`
  id, conversation_id as "conversationId", position, role, content, created_at as "createdAt", reply_to as "replyTo",
  ${statusOf(sql`messages`)} as status, prompt_tokens as "promptTokens", completion_tokens as "completionTokens"`

function toMessage(row: MessageRow): Message {
  const { id, conversationId, content, createdAt } = row
  if (row.role === 'user') return { id, conversationId, role: 'user', content, createdAt }
  const { replyTo, status, promptTokens, completionTokens } = row
  const usage = promptTokens === null || completionTokens === null ? null : { promptTokens, completionTokens }
  return { id, conversationId, role: 'assistant', content, createdAt, replyTo, status, usage }
}

function theReply([row]: MessageRow[]): Reply {
  const reply = row && toMessage(row)
  if (reply?.role !== 'assistant') throw new Problem('not_found')
  return reply
}

/** Whoever was there at the request's first statement and has no quota at its last has been deleted between them. */
function theQuota([row]: QuotaRow[]): Quota {
  if (!row) throw new Problem('user_deleted')
  return quotaOf(row)
}
