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

/** The last statement of a transaction that has applied, or refused, the snapshot of this version. Gives `{ outcome }`. */
export const noteSnapshot = (delivery: Delivery, userId: string, version: number): SQL =>
  note(delivery, {
    userId: sql`${userId}`,
    outcome: sql`coalesce(${toldOutcome}, (
      select case when deleted_at is not null then 'deleted' when version = ${version}::bigint then 'unchanged' else 'stale' end
      from sync_state where user_id = ${userId}
    ))`,
    lagMs: sql`greatest(0, extract(epoch from clock_timestamp()) * 1000 - ${version}::bigint)::bigint`,
  })

/** The last statement of a transaction that has buried the user, unless that had been done before. */
export const noteDeletion = (delivery: Delivery, userId: string): SQL =>
  note(delivery, { userId: sql`${userId}`, outcome: sql`coalesce(${toldOutcome}, 'unchanged')` })

/** Authentic, but nothing that we could apply: kept for somebody to look at. */
export const noteDeadLetter = (delivery: Delivery, reason: string): SQL =>
  note(delivery, { outcome: sql`'dead-letter'`, reason: sql`${reason}` })

type Columns = { outcome: SQL; userId?: SQL; reason?: SQL; lagMs?: SQL }

/** A repeated message keeps its first outcome, unless that was a dead letter's and it has been of use at last. */
function note({ messageId, type }: Delivery, { outcome, userId, reason, lagMs }: Columns): SQL {
  const nothing = sql`null`
  return sql`
    insert into webhook_deliveries as held (message_id, type, user_id, outcome, reason, lag_ms)
    values (${messageId}, ${type}, ${userId ?? nothing}, ${outcome}, ${reason ?? nothing}, ${lagMs ?? nothing})
    on conflict (message_id) do update
      set attempts = held.attempts + 1,
          outcome = case when held.outcome = 'dead-letter' then excluded.outcome else held.outcome end,
          reason = case when held.outcome = 'dead-letter' then excluded.reason else held.reason end
    returning outcome`
}
