/**
 * How the sync is doing, read from the tables in one request. Each part costs the same at ten million users as at a
 * thousand: it is read off an index, and never beyond a fixed number of rows. Passes alone are read whole, a row an hour.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { DatabaseSettings } from '../../db/client.ts'
import { type Letter, selectLetter } from '../../users/ledger.ts'
import { fromUsersTable, isLarge, totalUsers } from '../size.ts'
import { asAdmin } from '../standing.ts'
import {
  dayOf,
  daysAgo,
  filledAt,
  grace,
  missedSince,
  selectDrift,
  selectPasses,
  selectPassSigns,
  selectRepairedDays,
} from './passes.ts'
import {
  BOUNDED,
  CHART_DAYS,
  COUNT_LIMIT,
  type DayCount,
  DEAD_LETTER_DAYS,
  type DeadLetter,
  type Drift,
  LAG_SAMPLE,
  type Lag,
  type Pass,
  type PassSigns,
  type SyncHealth,
  type UserCounts,
} from './report.ts'

const LISTED_DEAD_LETTERS = 20

/**
 * The sync's health, for an admin. One request to the database.
 * @throws {Problem} `user_deleted`, `user_banned`: how the admin stands.
 */
export async function readSyncHealth(settings: DatabaseSettings, admin: string): Promise<SyncHealth> {
  const [deliveries, webhookLag, otherLag, webhookDays, loginDays, repairedDays, ...rest] = await asAdmin(
    settings,
    admin,
    (db) => [
      db.execute<Deliveries>(selectLastDeliveries),
      db.execute<Lag>(selectWebhookLag),
      db.execute<Lag & { untold: number; missed: number }>(selectOtherLag),
      db.execute<DayCount>(selectWebhookDays),
      db.execute<DayCount>(selectLoginDays),
      db.execute<DayCount>(selectRepairedDays),
      db.execute<DeadLetter>(selectDeadLetters),
      db.execute<{ count: number }>(countDeadLetters),
      db.execute<Pass>(selectPasses),
      db.execute<PassSigns & { erased: number }>(selectPassSigns),
      db.execute<Drift>(selectDrift),
      db.execute<UserCounts>(countUsers),
    ],
  )
  const [deadLetters, dead, passes, told, drifts, counted] = rest
  const [[delivery], [deadCount], [passSigns], [users]] = [
    deliveries.rows,
    dead.rows,
    told.rows,
    counted.rows,
  ]
  if (!delivery || !deadCount || !passSigns || !users) throw new TypeError('an aggregate always has a row')
  const { erased, ...signsOfPasses } = passSigns
  const bounded = { ...users, deadLetterCount: deadCount.count }
  return {
    signs: {
      ...delivery,
      untold: otherLag.rows.reduce((sum, { untold }) => sum + untold, 0),
      missed: otherLag.rows.reduce((sum, { missed }) => sum + missed, erased),
      deadLetters: deadCount.count,
      passes: signsOfPasses,
      drift: drifts.rows[0] ?? null,
      users: users.total,
    },
    lag: [...webhookLag.rows, ...otherLag.rows.map(({ untold: _, missed: __, ...lag }) => lag)].filter(
      ({ samples }) => samples > 0,
    ),
    outcomes: [...webhookDays.rows, ...loginDays.rows, ...repairedDays.rows],
    deadLetters: deadLetters.rows,
    passes: passes.rows,
    users: {
      ...users,
      tombstones: upToLimit(users.tombstones),
      banned: upToLimit(users.banned),
      withoutEmail: upToLimit(users.withoutEmail),
    },
    atLeast: BOUNDED.filter((name) => bounded[name] > COUNT_LIMIT),
  }
}

export const upToLimit = (count: number): number => Math.min(count, COUNT_LIMIT)

/**
 * A letter by its message id, for an admin; that may be none, or a dead one no more. One request to the database.
 * @throws {Problem} `user_deleted`, `user_banned`: how the admin stands.
 */
export async function readLetter(
  settings: DatabaseSettings,
  admin: string,
  messageId: string,
): Promise<Letter | undefined> {
  const [{ rows }] = await asAdmin(settings, admin, (db) => [db.execute<Letter>(selectLetter(messageId))])
  return rows[0]
}

type Deliveries = { lastDeliveryAt: Date | null; lastUsedAt: Date | null }

const lastUsed = sql`(select max(received_at) from webhook_deliveries where outcome <> 'dead-letter')`

const selectLastDeliveries = sql`
  select (select max(received_at) from webhook_deliveries) as "lastDeliveryAt", ${lastUsed} as "lastUsedAt"`

// --- The webhook's door: its ledger knows every delivery ------------------------------------------------------------

const recentDeliveries = (limit: number): SQL => sql`(
  select received_at, outcome, lag_ms from webhook_deliveries
  where received_at > ${daysAgo(CHART_DAYS)}
  order by received_at desc limit ${sql.raw(String(limit))}
) as recent`

const quantile = (share: number, lag: SQL): SQL =>
  sql`coalesce(percentile_disc(${sql.raw(String(share))}) within group (order by ${lag}), 0)::float8`

const lagOf = (source: SQL, lag: SQL): SQL => sql`
  ${source} as source, count(${lag})::int as samples, ${quantile(0.5, lag)} as "p50Ms", ${quantile(0.95, lag)} as "p95Ms",
  coalesce(max(${lag}), 0)::float8 as "maxMs"`

const selectWebhookLag = sql`
  select ${lagOf(sql`'webhook'`, sql`lag_ms`)} from ${recentDeliveries(LAG_SAMPLE)}`

const selectWebhookDays = sql`
  select ${dayOf(sql`received_at`)}, 'webhook' as source, outcome, count(*)::int as count
  from ${recentDeliveries(COUNT_LIMIT)} group by day, outcome`

// --- The other doors: each user's newest snapshot is all that is remembered ------------------------------------------

/** Of users who are still there: a tombstone's version is older than its deletion, and says nothing about a lag. */
const recentSnapshots = (limit: number): SQL => sql`(values ('login'), ('reconcile')) as door (source)
  cross join lateral (
    select synced_at, version from sync_state
    where sync_state.source = door.source and sync_state.source <> 'webhook' and deleted_at is null
      and synced_at > ${daysAgo(CHART_DAYS)}
    order by synced_at desc limit ${sql.raw(String(limit))}
  ) as snapshot`

const changedAt = sql`to_timestamp(version / 1000.0)`

/** Whom a first fill brings has waited for us, and not we for the news. */
const lagOfSnapshot = sql`
  case when door.source = 'login' or synced_at > ${filledAt}
    then greatest(0, extract(epoch from synced_at) * 1000 - version)::bigint end`

/**
 * With it, whom Clerk's webhook has kept from us: changed after the last delivery of use, or while there has never been one,
 * and long enough ago to have been told; and whom a pass had to find although a webhook had had its time. Who has not changed for
 * long comes in for other reasons, such as a version that was set by hand.
 */
const selectOtherLag = sql`
  select ${lagOf(sql`door.source`, lagOfSnapshot)},
    count(*) filter (
      where ${changedAt} > greatest(${lastUsed}, ${daysAgo(CHART_DAYS)}) and ${changedAt} < now() - ${grace}
    )::int as untold,
    count(*) filter (
      where door.source = 'reconcile' and synced_at > ${filledAt}
        and ${changedAt} > ${missedSince} and ${changedAt} < synced_at - ${grace}
    )::int as missed
  from ${recentSnapshots(LAG_SAMPLE)} group by door.source`

/** A login's alone: a pass leaves its own numbers, and a user whom it changed may have come by since. */
const selectLoginDays = sql`
  select ${dayOf(sql`synced_at`)}, 'login' as source, 'applied' as outcome, count(*)::int as count
  from ${recentSnapshots(COUNT_LIMIT)} where door.source = 'login' group by day`

// --- Dead letters and users ------------------------------------------------------------------------------------------

const selectDeadLetters = sql`
  select message_id as "messageId", type, user_id as "userId", reason, attempts, received_at as "receivedAt"
  from webhook_deliveries where outcome = 'dead-letter'
  order by received_at desc limit ${sql.raw(String(LISTED_DEAD_LETTERS))}`

/** One above the limit says that there are more. */
const countSome = (rows: SQL): SQL => sql`(
  select count(*) from (select ${rows} limit ${sql.raw(String(COUNT_LIMIT + 1))}) as found)::int`

const countDeadLetters = sql`
  select ${countSome(sql`
    from webhook_deliveries where outcome = 'dead-letter' and received_at > ${daysAgo(DEAD_LETTER_DAYS)}`)} as count`

const countUsers = sql`
  select ${totalUsers} as total,
    ${isLarge} as "isEstimate",
    ${countSome(sql`from sync_state where deleted_at is not null`)} as tombstones,
    ${countSome(sql`from sync_state where deleted_at is null and banned_at is not null`)} as banned,
    ${countSome(sql`from users where email is null`)} as "withoutEmail"
  ${fromUsersTable}`
