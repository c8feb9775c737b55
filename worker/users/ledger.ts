/** The ledger of webhook deliveries: what each did, written in the transaction that did it. */
import { type SQL, sql } from 'drizzle-orm'
import type { DELIVERY_OUTCOMES } from '../db/enums.ts'
import { toldOutcome } from './rule.ts'

/** One message of Clerk's, however often it is delivered. */
export type Delivery = {
  /** `svix-id`. */
  messageId: string
  /** The event's type, as `user.updated`. */
  type: string
}

export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number]

/** Why a delivery was of no use, and the user whom it is about, where that could be read. */
export type Unusable = { reason: string; userId?: string }

/** The last statement of a transaction that has applied, or refused, the snapshot of this version. Gives `{ outcome }`. */
export const noteSnapshot = (delivery: Delivery, userId: string, version: number): SQL =>
  note(delivery, {
    userId: sql`${userId}`,
    outcome: becameOf(userId, version),
    lagMs: sql`greatest(0, extract(epoch from clock_timestamp()) * 1000 - ${version}::bigint)::bigint`,
  })

/** The last statement of a transaction that has buried the user, unless that had been done before. */
export const noteDeletion = (delivery: Delivery, userId: string): SQL =>
  note(delivery, { userId: sql`${userId}`, outcome: sql`coalesce(${toldOutcome}, 'unchanged')` })

/** Authentic, but nothing that we could apply: kept for somebody to look at. */
export const noteDeadLetter = (delivery: Delivery, { reason, userId }: Unusable): SQL =>
  note(delivery, {
    outcome: sql`'dead-letter'`,
    reason: sql`${reason}`,
    ...(userId && { userId: sql`${userId}` }),
  })

/** A message as it is remembered: whether it is a dead letter, and whom it is about, where that is known. */
export type Letter = { messageId: string; outcome: DeliveryOutcome; userId: string | null }

/** One row, a {@link Letter}, or none. */
export const selectLetter = (messageId: string): SQL => sql`
  select message_id as "messageId", outcome, user_id as "userId" from webhook_deliveries where message_id = ${messageId}`

/**
 * The last statement of a transaction that has applied, or refused, what Clerk says of a dead letter's user now. It is not
 * an arrival, and tells nothing about a lag. Gives `{ outcome }`: whatever somebody else has settled meanwhile stays.
 */
export const settleLetter = (messageId: string, userId: string, version: number): SQL =>
  resolve(messageId, becameOf(userId, version), sql`null`)

/** The letter stays a dead one, for another reason. */
export const keepLetter = (messageId: string, reason: string): SQL =>
  resolve(messageId, sql`'dead-letter'`, sql`${reason}`)

const resolve = (messageId: string, outcome: SQL, reason: SQL): SQL => sql`
  update webhook_deliveries
  set outcome = case when outcome = 'dead-letter' then ${outcome} else outcome end,
      reason = case when outcome = 'dead-letter' then ${reason} else reason end
  where message_id = ${messageId}
  returning outcome`

/** What this transaction has done with the snapshot, or why it has done nothing. */
const becameOf = (userId: string, version: number): SQL => sql`
  coalesce(${toldOutcome}, (
    select case when deleted_at is not null then 'deleted' when version = ${version}::bigint then 'unchanged' else 'stale' end
    from sync_state where user_id = ${userId}
  ))`

type Columns = { outcome: SQL; userId?: SQL; reason?: SQL; lagMs?: SQL }

/** A repeated message keeps its first outcome, unless that was a dead letter's and it has been of use at last. */
function note({ messageId, type }: Delivery, { outcome, userId, reason, lagMs }: Columns): SQL {
  const nothing = sql`null`
  const unlessSettled = (column: SQL) =>
    sql`${column} = case when held.outcome = 'dead-letter' then excluded.${column} else held.${column} end`
  return sql`
    insert into webhook_deliveries as held (message_id, type, user_id, outcome, reason, lag_ms)
    values (${messageId}, ${type}, ${userId ?? nothing}, ${outcome}, ${reason ?? nothing}, ${lagMs ?? nothing})
    on conflict (message_id) do update
      set attempts = held.attempts + 1,
          ${unlessSettled(sql`outcome`)},
          ${unlessSettled(sql`reason`)},
          ${unlessSettled(sql`user_id`)}
    returning outcome`
}
