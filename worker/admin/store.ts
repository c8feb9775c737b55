/**
 * How the sync is doing, read from the tables in one request. Each part costs the same at ten million users as at a
 * thousand: it is read off an index, and never beyond a fixed number of rows.
 */
import { and, type Column, count, desc, eq, gt, max, type SQL, sql } from 'drizzle-orm'
import { type Database, type DatabaseSettings, query } from '../db/client.ts'
import { reconcileRuns, syncState, users, webhookDeliveries } from '../db/schema.ts'
import type { SyncSource } from '../users/user.ts'
import {
  CHART_DAYS,
  COUNT_LIMIT,
  type DayOutcome,
  DEAD_LETTER_DAYS,
  LAG_SAMPLE,
  type SyncHealth,
} from './report.ts'
import { WEBHOOK_GRACE_MS } from './verdict.ts'

/** Above this, counting the users would keep somebody waiting: it holds about 300,000. */
const MAX_EXACT_BYTES = 64 * 1024 * 1024

const LISTED_DEAD_LETTERS = 20
const LISTED_PASSES = 10

export type AdminStanding = 'deleted' | 'banned' | 'active'

/**
 * The sync's health, and how the admin who asks for it stands. One request to the database.
 * @param admin Clerk's user id. An admin who has never been synced counts as active: the token has proved who it is.
 */
export async function readSyncHealth(
  settings: DatabaseSettings,
  admin: string,
): Promise<{ standing: AdminStanding; health: SyncHealth }> {
  return query(settings, async (db) => {
    const [standings, [delivery], webhookLag, otherLag, webhookDays, otherDays, repairedDays, ...rest] =
      await db.batch([
        selectStanding(db, admin),
        selectLastDelivery(db),
        selectWebhookLag(db),
        selectOtherLag(db),
        selectWebhookDays(db),
        selectOtherDays(db),
        selectRepairedDays(db),
        selectDeadLetters(db),
        countDeadLetters(db),
        selectPasses(db),
        selectLastRepair(db),
        countUsers(db),
      ])
    const [deadLetters, [dead], passes, [repair], [counted]] = rest
    if (!delivery || !dead || !repair || !counted) throw new TypeError('an aggregate always has a row')
    return {
      standing: standings[0]?.standing ?? 'active',
      health: {
        signs: {
          lastDeliveryAt: delivery.at,
          untold: otherLag.reduce((sum, { untold }) => sum + untold, 0),
          deadLetters: dead.count,
          lastPass: passes[0] ?? null,
          lastRepairAt: repair.at,
          users: counted.total,
        },
        lag: [...webhookLag, ...otherLag.map(({ untold: _, ...lag }) => lag)].filter(
          ({ samples }) => samples > 0,
        ),
        outcomes: [...webhookDays, ...otherDays, ...repairedDays],
        deadLetters,
        passes,
        users: counted,
      },
    }
  })
}

const daysAgo = (days: number): SQL => sql`now() - ${sql.raw(`interval '${days} days'`)}`
const dayOf = (instant: SQL | Column) => sql<string>`to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD')`
const integer = (expression: SQL): SQL<number> => sql<number>`${expression}`.mapWith(Number)
const quantile = (share: number, lag: SQL) =>
  integer(sql`coalesce(percentile_disc(${sql.raw(String(share))}) within group (order by ${lag}), 0)`)

const selectStanding = (db: Database, admin: string) =>
  db
    .select({
      standing: sql<AdminStanding>`case when ${syncState.deletedAt} is not null then 'deleted'
        when ${syncState.bannedAt} is not null then 'banned' else 'active' end`,
    })
    .from(syncState)
    .where(eq(syncState.userId, admin))

const selectLastDelivery = (db: Database) =>
  db.select({ at: max(webhookDeliveries.receivedAt) }).from(webhookDeliveries)

// --- The webhook's door: its ledger knows every delivery ------------------------------------------------------------

const recentDeliveries = (db: Database, limit: number) =>
  db
    .select({
      receivedAt: webhookDeliveries.receivedAt,
      outcome: webhookDeliveries.outcome,
      lagMs: webhookDeliveries.lagMs,
    })
    .from(webhookDeliveries)
    .where(gt(webhookDeliveries.receivedAt, daysAgo(CHART_DAYS)))
    .orderBy(desc(webhookDeliveries.receivedAt))
    .limit(limit)
    .as('recent')

const lagOf = (source: SQL<SyncSource>, lag: SQL) => ({
  source,
  samples: integer(sql`count(${lag})`),
  p50Ms: quantile(0.5, lag),
  p95Ms: quantile(0.95, lag),
  maxMs: integer(sql`coalesce(max(${lag}), 0)`),
})

function selectWebhookLag(db: Database) {
  const recent = recentDeliveries(db, LAG_SAMPLE)
  return db.select(lagOf(sql<SyncSource>`'webhook'`, sql`${recent.lagMs}`)).from(recent)
}

function selectWebhookDays(db: Database) {
  const recent = recentDeliveries(db, COUNT_LIMIT)
  return db
    .select({
      day: dayOf(recent.receivedAt),
      source: sql<SyncSource>`'webhook'`,
      outcome: sql<DayOutcome>`${recent.outcome}`,
      count: count(),
    })
    .from(recent)
    .groupBy(sql`1, 3`)
}

// --- The other doors: each user's newest snapshot is all that is remembered ------------------------------------------

/** Of users who are still there: a tombstone's version is older than its deletion, and says nothing about a lag. */
const recentSnapshots = (limit: number): SQL => sql`(values ('login'), ('reconcile')) as door (source)
  cross join lateral (
    select ${syncState.syncedAt}, ${syncState.version} from ${syncState}
    where ${syncState.source} = door.source and ${syncState.source} <> 'webhook' and ${syncState.deletedAt} is null
      and ${syncState.syncedAt} > ${daysAgo(CHART_DAYS)}
    order by ${syncState.syncedAt} desc
    limit ${sql.raw(String(limit))}
  ) as snapshot`

/**
 * With it, whom Clerk's webhook has kept from us: changed after the last delivery, or while there has never been one, and
 * long enough ago to have been told. A first load of old users is nobody's omission.
 */
function selectOtherLag(db: Database) {
  const lag = sql`greatest(0, extract(epoch from snapshot.synced_at) * 1000 - snapshot.version)::bigint`
  const told = sql`greatest(
    (select max(${webhookDeliveries.receivedAt}) from ${webhookDeliveries}), ${daysAgo(CHART_DAYS)})`
  const untold = sql`to_timestamp(snapshot.version / 1000.0) > ${told}
    and to_timestamp(snapshot.version / 1000.0) < now() - ${sql.raw(`interval '${WEBHOOK_GRACE_MS} milliseconds'`)}`
  return db
    .select({
      ...lagOf(sql<SyncSource>`door.source`, lag),
      untold: integer(sql`count(*) filter (where ${untold})`),
    })
    .from(recentSnapshots(LAG_SAMPLE))
    .groupBy(sql`door.source`)
}

/** A login's alone: a pass leaves its own numbers, and a user whom it changed may have come by since. */
const selectOtherDays = (db: Database) =>
  db
    .select({
      day: dayOf(sql`snapshot.synced_at`),
      source: sql<SyncSource>`'login'`,
      outcome: sql<DayOutcome>`'applied'`,
      count: count(),
    })
    .from(recentSnapshots(COUNT_LIMIT))
    .where(sql`door.source = 'login'`)
    .groupBy(sql`1`)

// --- The passes ------------------------------------------------------------------------------------------------------

/** What they changed. What they only compared would dwarf it. */
const selectRepairedDays = (db: Database) =>
  db
    .select({
      day: dayOf(sql`${reconcileRuns.startedAt}`),
      source: sql<SyncSource>`'reconcile'`,
      outcome: sql<DayOutcome>`kind.outcome`,
      count: integer(sql`sum((${reconcileRuns.counts} ->> kind.name)::bigint)`),
    })
    .from(reconcileRuns)
    .innerJoin(
      sql`(values ('created', 'created'), ('updated', 'updated'), ('removed', 'deleted')) as kind (name, outcome)`,
      sql`${reconcileRuns.counts} ->> kind.name > '0'`,
    )
    .where(and(eq(reconcileRuns.dryRun, false), gt(reconcileRuns.startedAt, daysAgo(CHART_DAYS))))
    .groupBy(sql`1, 3`)

const selectPasses = (db: Database) =>
  db.select().from(reconcileRuns).orderBy(desc(reconcileRuns.startedAt)).limit(LISTED_PASSES)

const selectLastRepair = (db: Database) =>
  db
    .select({ at: max(reconcileRuns.startedAt) })
    .from(reconcileRuns)
    .where(eq(reconcileRuns.dryRun, false))

// --- Dead letters and users ------------------------------------------------------------------------------------------

const isDeadLetter = eq(webhookDeliveries.outcome, sql`'dead-letter'`)

const selectDeadLetters = (db: Database) =>
  db
    .select({
      messageId: webhookDeliveries.messageId,
      type: webhookDeliveries.type,
      reason: webhookDeliveries.reason,
      attempts: webhookDeliveries.attempts,
      receivedAt: webhookDeliveries.receivedAt,
    })
    .from(webhookDeliveries)
    .where(isDeadLetter)
    .orderBy(desc(webhookDeliveries.receivedAt))
    .limit(LISTED_DEAD_LETTERS)

const countDeadLetters = (db: Database) =>
  db
    .select({ count: count() })
    .from(webhookDeliveries)
    .where(and(isDeadLetter, gt(webhookDeliveries.receivedAt, daysAgo(DEAD_LETTER_DAYS))))

function countUsers(db: Database) {
  const isLarge = sql`pg_relation_size(pg_class.oid) > ${sql.raw(String(MAX_EXACT_BYTES))} and reltuples >= 0`
  const gone = sql`from ${syncState} where ${syncState.deletedAt} is not null or ${syncState.bannedAt} is not null`
  return db
    .select({
      total: integer(sql`case when ${isLarge} then reltuples else (select count(*) from ${users}) end`),
      isEstimate: sql<boolean>`${isLarge}`,
      tombstones: integer(sql`(select count(*) filter (where ${syncState.deletedAt} is not null) ${gone})`),
      banned: integer(sql`(select count(*) filter (where ${syncState.deletedAt} is null) ${gone})`),
      withoutEmail: integer(sql`(select count(*) from ${users} where ${users.email} is null)`),
    })
    .from(sql`pg_class`)
    .where(sql`pg_class.oid = 'users'::regclass`)
}
