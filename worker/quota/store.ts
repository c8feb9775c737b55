/**
 * The quota's SQL: messages sent on a calendar day of `QUOTA_TIME_ZONE`. The database's clock alone says which day it is,
 * daylight saving included.
 */
import { type SQL, sql } from 'drizzle-orm'
import { TIERS } from '../db/enums.ts'
import { dailyLimit, type Limits, type Quota } from './tiers.ts'

/** The day's limits by tier, and the time zone whose midnight begins a day. */
export type QuotaSettings = Limits & { QUOTA_TIME_ZONE: string }

/**
 * One row `{ now, starts, ends }`: the day that it is in this time zone, 23, 24 or 25 hours long. The clock is read when the
 * statement begins, and once: a message counts on the day on which it comes, however long it waits for its turn.
 */
export const today = (zone: string): SQL => sql`
  select now, ${localMidnight(zone, sql`interval '0 days'`)} as starts, ${localMidnight(zone, sql`interval '1 day'`)} as ends
  from (select clock_timestamp() as now) as clock`

/**
 * The first moment of a local day. Where midnight comes twice PostgreSQL means the second, and the day has begun when the
 * one before is over; where the hour before midnight is missing it is only midnight that tells.
 */
function localMidnight(zone: string, offset: SQL): SQL {
  const midnight = sql`date_trunc('day', now at time zone ${zone}::text) + ${offset}`
  return sql`least(
    (${midnight}) at time zone ${zone}::text,
    (${midnight} - interval '1 microsecond') at time zone ${zone}::text + interval '1 microsecond')`
}

/** Messages sent today, for a query that has `today` and `rate_limits` joined. */
export const usedToday = sql`case when rate_limits.window_start >= today.starts then rate_limits.message_count else 0 end`

/** What a tier may send a day, for a query that has `users` joined. */
export const limitOfTier = (limits: Limits): SQL =>
  sql`case users.tier ${sql.join(
    TIERS.map((tier) => sql`when ${tier} then ${dailyLimit(tier, limits)}::int`),
    sql` `,
  )} end`

/** `{ used, resetAt, resetSeconds, windowSeconds }`, for a query that has `today` and `rate_limits` joined. */
export const quotaColumns = sql`
  ${usedToday} as used, today.ends as "resetAt", extract(epoch from today.ends - today.now)::float8 as "resetSeconds",
  extract(epoch from today.ends - today.starts)::float8 as "windowSeconds"`

/** The columns with the `limit`, as {@link quotaOf} takes them. */
export type QuotaRow = {
  limit: number
  used: number
  resetAt: Date
  resetSeconds: number
  windowSeconds: number
}

/** One {@link QuotaRow}, none for whom we do not know. */
export const selectQuota = (userId: string, settings: QuotaSettings): SQL => sql`
  select ${limitOfTier(settings)} as "limit", ${quotaColumns}
  from users cross join (${today(settings.QUOTA_TIME_ZONE)}) as today left join rate_limits on rate_limits.user_id = users.id
  where users.id = ${userId}`

/** A limit that has been lowered since leaves nothing, and not less. */
export const quotaOf = ({ limit, used, resetAt, resetSeconds, windowSeconds }: QuotaRow): Quota => ({
  limit,
  used,
  remaining: Math.max(0, limit - used),
  resetAt,
  resetSeconds,
  windowSeconds,
})

/**
 * Counts a message, unless the limit is reached: then there is no row. As many may try at once as like, since each waits for
 * the count that the one before leaves; whoever sees beforehand that nothing is left does not get in the queue. A day that is
 * over never comes back, though its stragglers do: they count on the new one.
 * @param from What to select from: a row of `today` with a `"limit"`, or none.
 */
export const countMessage = (userId: string, from: SQL): SQL => sql`
  insert into rate_limits as held (user_id, window_start, message_count)
  select ${userId}, starts, 1 from ${from}
  where "limit" > 0 and not exists (
    select from rate_limits where user_id = ${userId} and window_start >= starts and message_count >= "limit"
  )
  on conflict (user_id) do update
    set window_start = greatest(held.window_start, excluded.window_start),
        message_count = case when held.window_start < excluded.window_start then 1 else held.message_count + 1 end,
        unanswered_count = case when held.window_start < excluded.window_start then 0 else held.unanswered_count end
    where held.window_start < excluded.window_start or held.message_count < (select "limit" from ${from})
  returning window_start, message_count`

/**
 * A model that fails all day gives so many messages back to one user. Beyond, they count: whoever knows what a model refuses
 * would have rows and questions for nothing without an end.
 */
const MOST_GIVEN_BACK = 100

/**
 * Gives a message back, to the day that it was counted on and no other. What is left of that day decides, and each waits for
 * the one before, so that no more are given back than may be. @param from A row with its `window_start`, or none.
 */
export const giveMessageBack = (userId: string, from: SQL): SQL => sql`
  update rate_limits set message_count = message_count - (unanswered_count < ${MOST_GIVEN_BACK}::int)::int,
    unanswered_count = unanswered_count + 1
  from ${from} as given
  where rate_limits.user_id = ${userId} and rate_limits.window_start = given.window_start and message_count > 0
  returning unanswered_count > ${MOST_GIVEN_BACK}::int as is_kept`
