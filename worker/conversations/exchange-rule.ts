/**
 * What decides whether a message is taken, in SQL, so that it holds whoever sends what at the same moment: its owner may
 * write, the conversation is theirs, the same id counts once, and the day's limit is never passed.
 */
import { type SQL, sql } from 'drizzle-orm'
import { inIndexOrder } from '../db/client.ts'
import {
  countMessage,
  giveMessageBack,
  limitOfTier,
  type QuotaSettings,
  quotaColumns,
  today,
} from '../quota/store.ts'
import { isActive } from '../users/standing.ts'
import type { ReplyStatus, TokenUsage } from './conversation.ts'

/** A reply that is pending for longer never comes: whatever wrote it is gone. Above the longest that a model may take. */
const ABANDONED_AFTER = sql`interval '5 minutes'`

/** What came to no end may be tried again without being counted twice. So often, or a message would be an endless supply. */
const MOST_ATTEMPTS = 5

/**
 * What the model is told of the conversation: so many exchanges, the newest, of the last lines, and together no more than
 * this. Of a reply no more than its end, so that the longest message and the longest reply fit in: the newest exchange is
 * never left out.
 */
const HISTORY = { exchanges: 20, lines: 400, chars: 48_000, replyChars: 32_000 }

export type Sending = {
  userId: string
  conversationId: string
  /** Chosen by the client: the same one again is the same message. */
  messageId: string
  content: string
  /** For a conversation that has no title yet. */
  title: string
  /** Chosen by us, and new for each request: by it a repeated statement knows its own work. */
  replyId: string
}

/**
 * The first statement of the transaction that takes a message: the next one then knows of every ban and deletion that it has
 * waited for. Messages do not wait for each other here, nor for a change of tier.
 */
export const holdSender = (userId: string): SQL =>
  sql`${inIndexOrder} from users where id = ${userId} for key share`

/**
 * Takes the message, counts it, writes it down with an empty reply behind it, and reads what was said before. Always one
 * row, whose `verdict` says what has been done; see `AcceptanceRow` in the store.
 *
 * Nobody waits for anybody but at the row of the day's count, and when nothing is left not even there. The same message
 * twice at the same moment is refused by `messages_pkey` (23505), all of it: asked again, it finds the one that came first.
 *
 * `place` is held fast against a deletion, as the user is: whoever deletes takes the same rows in the same order, the user's
 * own first, and the conversation's before its messages'. `held` is the same message, sent before: whoever tries it again at
 * the same moment is waited for, and what they did is seen. `tried_again` lets what has been said stay until more is said.
 */
export function accept(sending: Sending, quota: QuotaSettings): SQL {
  const { userId, conversationId, messageId, content, title, replyId } = sending
  const zone = quota.QUOTA_TIME_ZONE
  return sql`
    with today as materialized (${today(zone)}),
    place as materialized (
      select users.tier, ${limitOfTier(quota)} as "limit", title, conversations.created_at, conversations.updated_at
      from conversations join users on users.id = conversations.user_id
      where user_id = ${userId} and conversations.id = ${conversationId}::uuid
        and ${isActive(userId)}
      for key share of conversations
    ),
    held as materialized (
      select said.position, said.created_at, reply.id as reply_id, reply.window_start, reply.attempt,
        ${statusOf(sql`reply`)} as status, reply.id = ${replyId}::uuid as is_ours,
        said.conversation_id = ${conversationId}::uuid and said.content = ${content} as is_same
      from messages said join messages reply on reply.user_id = said.user_id and reply.reply_to = said.id
      where said.user_id = ${userId} and said.id = ${messageId}::uuid and exists (select from place)
      for update of reply
    ),
    startable as (
      select today.*, place."limit", held.window_start as counted_on
      from place cross join today left join held on true
      where held.position is null or (
        is_same and attempt < ${MOST_ATTEMPTS}::int and status in ('failed', 'stopped')
      )
    ),
    counted as (${countMessage(userId, sql`(select * from startable where counted_on is null) as uncounted`)}),
    started as (
      select now, coalesce(counted_on, counted.window_start) as window_start
      from startable left join counted on true
      where coalesce(counted_on, counted.window_start) is not null
    ),
    written as (
      insert into messages (user_id, conversation_id, id, role, content, created_at, reply_to, status, attempt, attempted_at, window_start)
      select ${userId}, ${conversationId}::uuid, line.id, line.role, line.content, now, line.reply_to, line.status, line.attempt,
        case when line.role = 'assistant' then now end, case when line.role = 'assistant' then window_start end
      from started cross join (values
        (1, ${messageId}::uuid, 'user', ${content}::text, null::uuid, null, null::smallint),
        (2, ${replyId}::uuid, 'assistant', '', ${messageId}::uuid, 'pending', 1::smallint)
      ) as line (nth, id, role, content, reply_to, status, attempt)
      where not exists (select from held)
      order by nth
    ),
    tried_again as (
      update messages set id = ${replyId}::uuid, status = 'pending', attempt = messages.attempt + 1,
        attempted_at = started.now, window_start = started.window_start
      from started cross join held where messages.user_id = ${userId} and messages.id = held.reply_id
    ),
    touched as (
      update conversations set title = coalesce(conversations.title, ${title}), updated_at = started.now
      from started where user_id = ${userId} and id = ${conversationId}::uuid
      returning title, conversations.updated_at
    ),
    noted as (${noteMessage(userId, zone)})
    select
      case when place."limit" is null then 'missing'
           when started.now is not null or (is_ours and status = 'pending') then 'accepted'
           when not is_same then 'conflict'
           when status = 'pending' then 'busy'
           when status = 'complete' then 'repeated'
           when attempt >= ${MOST_ATTEMPTS}::int then 'worn-out'
           else 'exceeded' end as verdict,
      place.tier, place."limit", ${quotaColumns}, counted.message_count as counted,
      coalesce(held.created_at, today.now) as "createdAt",
      coalesce(touched.title, place.title) as title, place.created_at as "begunAt",
      coalesce(touched.updated_at, place.updated_at) as "writtenAt",
      case when started.now is not null or is_ours then ${history(userId, conversationId)} end as history
    from today left join place on true left join held on true left join started on true left join counted on true
      left join touched on true left join rate_limits on rate_limits.user_id = ${userId}`
}

/**
 * What was said before the message, the oldest first. Unanswered messages are left out: models expect turns. It is looked for
 * among the last lines alone, so that it costs the same however many of them came to nothing.
 */
const history = (userId: string, conversationId: string): SQL => sql`(
  select coalesce(json_agg(json_build_object('said', said, 'replied', replied) order by position), '[]')
  from (
    select *, sum(length(said) + length(replied)) over (order by position desc) as chars
    from (
      select said.content as said, right(reply.content, ${HISTORY.replyChars}::int) as replied, reply.position
      from (
        select * from messages
        where user_id = ${userId} and conversation_id = ${conversationId}::uuid
          and position < coalesce((select position from held), 9223372036854775807)
        order by position desc limit ${HISTORY.lines}::int
      ) as reply join messages said on said.user_id = reply.user_id and said.id = reply.reply_to
      where reply.status in ('complete', 'stopped') and reply.content <> ''
      order by reply.position desc limit ${HISTORY.exchanges}::int
    ) as newest
  ) as recent
  where chars <= ${HISTORY.chars}::int)`

/** One more on the day that it was counted on. */
const noteMessage = (userId: string, zone: string): SQL => sql`
  insert into usage_daily as day (user_id, day, messages)
  select ${userId}, (window_start at time zone ${zone}::text)::date, 1 from counted
  on conflict (user_id, day) do update set messages = day.messages + 1`

export type Settlement = {
  content: string
  status: Exclude<ReplyStatus, 'pending'>
  usage: TokenUsage | null
  /** Nothing was generated, and that is not the reader's doing: the message is given back, if nothing was said before either. */
  giveBack: boolean
}

/**
 * Writes down how the reply has ended, unless that has been done, or another attempt has begun since. Safe to repeat. An
 * attempt that comes to no end takes nothing away: of its words and those of the one before, the longer stay.
 *
 * For `pending` whoever begins the next attempt is waited for: then nothing is pending under this one's id, and nothing is
 * given back. In `ended`, of a day that is over nothing is left to be counted. `usage_daily` comes after the day's count, as
 * whoever counts does it: the other way round two could wait for each other.
 */
export function settle(userId: string, replyId: string, settlement: Settlement, zone: string): SQL {
  const { content, status, usage, giveBack } = settlement
  const { promptTokens = null, completionTokens = null } = usage ?? {}
  return sql`
    with pending as materialized (
      select said, window_start, ${giveBack}::boolean and content = '' as gives_back,
        ${status}::text <> 'complete' and length(content) > length(said) as stays
      from messages cross join (select ${content}::text as said) as heard
      where user_id = ${userId} and id = ${replyId}::uuid and status = 'pending'
      for update of messages
    ),
    given_back as (${giveMessageBack(userId, sql`(select window_start from pending where gives_back)`)}),
    ended as (select pending.*, gives_back and is_kept is not true as is_free from pending left join given_back on true),
    settled as (
      update messages set status = ${status}, content = case when stays then content else said end,
        prompt_tokens = case when stays then prompt_tokens else ${promptTokens}::int end,
        completion_tokens = case when stays then completion_tokens else ${completionTokens}::int end,
        window_start = case when not is_free then ended.window_start end
      from ended where user_id = ${userId} and id = ${replyId}::uuid
    )
    update usage_daily
    set messages = messages - is_free::int,
      prompt_tokens = prompt_tokens + coalesce(${promptTokens}::int, 0),
      completion_tokens = completion_tokens + coalesce(${completionTokens}::int, 0)
    from ended
    where user_id = ${userId} and day = (ended.window_start at time zone ${zone}::text)::date`
}

/** What a reply has cost that has gone with its conversation, on the last day that its user has. Not safe to repeat. */
export const bookTokens = (userId: string, messageId: string, usage: TokenUsage): SQL => sql`
  update usage_daily set prompt_tokens = prompt_tokens + ${usage.promptTokens}::int,
    completion_tokens = completion_tokens + ${usage.completionTokens}::int
  where user_id = ${userId} and day = (select max(day) from usage_daily where user_id = ${userId})
    and not exists (select from messages where user_id = ${userId} and id = ${messageId}::uuid)`

/** The reply's status as it is told: one that was abandoned has failed. @param reply Its row in the query. */
export const statusOf = (reply: SQL): SQL => sql`
  case when ${reply}.status = 'pending' and ${reply}.attempted_at < clock_timestamp() - ${ABANDONED_AFTER} then 'failed'
       else ${reply}.status end`
