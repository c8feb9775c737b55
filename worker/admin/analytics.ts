/**
 * Who uses SwarAI, and how much, read from the tables in one request. What is large is estimated: of a day's users a sample
 * is read that is large enough for a chart, and always of the same users, so that they can be told from one another.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { DatabaseSettings } from '../db/client.ts'
import { TIERS } from '../db/enums.ts'
import type { Tier } from '../quota/tiers.ts'
import { lastDays } from '../usage/store.ts'
import { fromUsersTable, isLarge, totalUsers } from './size.ts'
import { asAdmin } from './standing.ts'
import { COUNT_LIMIT } from './sync/report.ts'

export type AnalyticsDay = {
  /** `2026-01-31`, of `QUOTA_TIME_ZONE`. */
  day: string
  signUps: number
  /** Users who have sent a message. */
  active: number
  messages: number
  promptTokens: number
  completionTokens: number
}

export type Analytics = {
  tiers: { tier: Tier; users: number }[]
  totals: {
    users: number
    /** Some of the figures are too large to be counted while somebody waits. */
    isEstimate: boolean
    /** Users who have sent a message in the last {@link MONTH_DAYS} days. */
    monthlyActive: number
  }
  days: AnalyticsDay[]
}

const MONTH_DAYS = 30

/** Of all days together, so many users' rows and three times as many sign-ups are read: a quarter of a second's work. */
const SAMPLED = 100_000
const SIGN_UPS_COUNTED = 300_000

type DayRow = AnalyticsDay & { isEstimate: boolean; monthlyActive: number }
type Total = { users: number; isEstimate: boolean }

/**
 * The last days of this time zone by the database's clock, the oldest first. One request.
 * @throws {Problem} `user_deleted`, `user_banned`: how the admin stands.
 */
export async function readAnalytics(
  settings: DatabaseSettings,
  admin: string,
  days: number,
  zone: string,
): Promise<Analytics> {
  const [totals, tiers, perDay] = await asAdmin(settings, admin, (db) => [
    db.execute<Total>(sql`select ${totalUsers} as users, ${isLarge} as "isEstimate" ${fromUsersTable}`),
    db.execute<{ tier: Tier; users: number }>(selectTiers),
    db.execute<DayRow>(selectDays(days, zone)),
  ])
  const [total] = totals.rows
  const [today] = perDay.rows
  if (!total || !today) throw new TypeError('an aggregate always has a row')
  return {
    tiers: tiers.rows,
    totals: {
      users: total.users,
      isEstimate: total.isEstimate || perDay.rows.some(({ isEstimate }) => isEstimate),
      monthlyActive: today.monthlyActive,
    },
    days: perDay.rows.map(({ isEstimate: _, monthlyActive: __, ...day }) => day),
  }
}

const [freeTier, ...paidTiers] = TIERS

/** The paid ones have an index of their own. One that is larger than is counted has its share in the planner's sample. */
const selectTiers: SQL = sql`
  with paid as (
    select tier, case when users <= ${COUNT_LIMIT} then users else greatest(users, (
      select reltuples * share
      from pg_class, pg_stats, unnest(most_common_vals::text::text[], most_common_freqs) as common (value, share)
      where pg_class.oid = 'users'::regclass and tablename = 'users' and schemaname = current_schema()
        and attname = 'tier' and value = tier
    )) end::float8 as users
    from (${sql.join(
      paidTiers.map(
        (tier) => sql`
          select ${tier} as tier, count(*) as users
          from (select from users where tier = '${sql.raw(tier)}' limit ${COUNT_LIMIT + 1}) as held`,
      ),
      sql` union all `,
    )}) as counted)
  select ${freeTier} as tier, greatest(0, round(${totalUsers} - (select sum(users) from paid))) as users ${fromUsersTable}
  union all select tier, round(users) from paid`

/** A day's users, those with the lowest {@link rank} first. */
const rank = sql`left(md5(user_id), 8)`
const shareBelow = (highest: SQL) => sql`(('x' || ${highest})::bit(32)::bigint / 4294967296.0::float8)`

/**
 * A day with no more users than are read of it is counted. Of any other, the users read are those of the lowest ranks, and
 * the highest rank among them tells which share of all they are. A month's users are told the same way, by the ranks that
 * have been read to their end on each of its days.
 */
function selectDays(days: number, zone: string): SQL {
  const read = Math.floor(SAMPLED / Math.max(days, MONTH_DAYS))
  const counted = Math.floor(SIGN_UPS_COUNTED / days)
  return sql`
    with sample as materialized (
      select calendar.day, recent.* from (${lastDays(Math.max(days, MONTH_DAYS), zone)}) as calendar
        cross join lateral (
          select user_id, ${rank} as rank, messages, prompt_tokens, completion_tokens from usage_daily
          where usage_daily.day = calendar.day and messages > 0 order by ${rank} limit ${read}) as recent),
    measured as materialized (
      select day, count(*) as active, sum(messages) as messages, sum(prompt_tokens) as prompt_tokens,
        sum(completion_tokens) as completion_tokens, count(*) = ${read} as is_estimate, max(rank) as highest,
        case when count(*) = ${read} then (count(*) - 1) / ${shareBelow(sql`max(rank)`)} / count(*) else 1 end as times
      from sample group by day),
    month as (
      select min(highest) filter (where is_estimate) as highest from measured
      where day > (now() at time zone ${zone}::text)::date - ${MONTH_DAYS}::int),
    monthly as (
      select round(count(distinct user_id) / coalesce(max(${shareBelow(sql`month.highest`)}), 1)) as active
      from sample cross join month
      where day > (now() at time zone ${zone}::text)::date - ${MONTH_DAYS}::int
        and (month.highest is null or rank < month.highest))
    select to_char(calendar.day, 'YYYY-MM-DD') as day, sign_ups.count::float8 as "signUps",
      round(coalesce(active * times, 0))::float8 as active, round(coalesce(messages * times, 0))::float8 as messages,
      round(coalesce(prompt_tokens * times, 0))::float8 as "promptTokens",
      round(coalesce(completion_tokens * times, 0))::float8 as "completionTokens",
      coalesce(measured.is_estimate, false) or sign_ups.is_estimate as "isEstimate",
      (select active from monthly)::float8 as "monthlyActive"
    from (${lastDays(days, zone)}) as calendar
      left join measured using (day)
      cross join lateral (${countSignUps(zone, counted)}) as sign_ups
    order by calendar.day`
}

/** A day with more than are counted is judged by the first minute of each of its quarters of an hour. */
const countSignUps = (zone: string, most: number): SQL => sql`
  select case when few.count <= ${most} then few.count else 15 * (
      select count(*) from generate_series(starts, ends - interval '1 minute', '15 minutes') as quarter
        join users on created_at >= quarter and created_at < quarter + interval '1 minute') end as count,
    few.count > ${most} as is_estimate
  from (select calendar.day::timestamp at time zone ${zone}::text as starts,
      (calendar.day + 1)::timestamp at time zone ${zone}::text as ends) as bounds
    cross join lateral (
      select count(*) from (
        select from users where created_at >= starts and created_at < ends limit ${most + 1}) as held) as few`
