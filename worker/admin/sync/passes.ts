/** What passes have found and done, and since when they have: statements of the sync's report. */
import { type SQL, sql } from 'drizzle-orm'
import { CHART_DAYS, COUNT_LIMIT, MISSED_HOURS } from './report.ts'
import { WEBHOOK_GRACE_MS } from './verdict.ts'

const LISTED_PASSES = 10

export const daysAgo = (days: number): SQL => sql`now() - ${sql.raw(`interval '${days} days'`)}`
export const dayOf = (instant: SQL): SQL => sql`to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD') as day`

export const grace = sql.raw(`interval '${WEBHOOK_GRACE_MS} milliseconds'`)
export const missedSince = sql`now() - ${sql.raw(`interval '${MISSED_HOURS} hours'`)}`

/** Until then everybody whom a pass brings is of the first fill: nobody has failed to tell us. */
export const filledAt = sql`
  coalesce((select min(finished_at) from reconcile_runs where status = 'complete' and not dry_run), 'infinity')`

/** What they changed. What they only compared would dwarf it. */
export const selectRepairedDays = sql`
  select ${dayOf(sql`started_at`)}, 'reconcile' as source, kind.outcome, sum((counts ->> kind.name)::bigint)::float8 as count
  from reconcile_runs
    join (values ('created', 'created'), ('updated', 'updated'), ('removed', 'deleted')) as kind (name, outcome)
      on counts ->> kind.name > '0'
  where not dry_run and started_at > ${daysAgo(CHART_DAYS)}
  group by day, kind.outcome`

/** What a pass has removed it has deleted; whom it met with a tombstone it has only left alone. */
const toldCounts = sql`
  counts - 'removed' - 'deleted' || jsonb_strip_nulls(
    jsonb_build_object('deleted', counts -> 'removed', 'tombstoned', counts -> 'deleted')) as counts`

export const selectPasses = sql`
  select id, trigger, dry_run as "dryRun", status, reason, clerk_count as "clerkCount", neon_count as "neonCount", ${toldCounts},
    started_at as "startedAt", finished_at as "finishedAt"
  from reconcile_runs order by started_at desc limit ${sql.raw(String(LISTED_PASSES))}`

/** Of the runs that this is asked of, the newest by when they ended: a long one looks later than it began. */
const newestComplete = (columns: SQL, condition = sql`true`): SQL => sql`
  select ${columns} from reconcile_runs where status = 'complete' and ${condition} order by finished_at desc limit 1`

const isFull = sql`counts ->> 'full' = '1'`
const kind = (name: string): SQL => sql`coalesce((counts ->> ${sql.raw(`'${name}'`)})::int, 0)`

/**
 * One row. It reads all of `reconcile_runs`, which grows by a row an hour. `erased`: by passes, although a webhook had its time
 * to tell of the deletion, and has not done so since.
 */
export const selectPassSigns = sql`
  with looked as ((${newestComplete(sql`counts`)}) union all (${newestComplete(sql`counts`, isFull)})),
  erased as (
    select user_id, source, deleted_at from sync_state
    where deleted_at > ${missedSince} order by deleted_at desc limit ${sql.raw(String(COUNT_LIMIT))}),
  told as (
    select user_id from (
      select user_id, type from webhook_deliveries
      where received_at > ${missedSince} order by received_at desc limit ${sql.raw(String(COUNT_LIMIT))}) as recent
    where type = 'user.deleted')
  select min(started_at) as "firstStartedAt", max(started_at) as "lastStartedAt",
    max(finished_at) filter (where status = 'complete') as "lastCompleteAt",
    (array_agg(status order by started_at desc) filter (where status <> 'running'))[1] as "lastStatus",
    (array_agg(reason order by started_at desc) filter (where status <> 'running'))[1] as "lastReason",
    (select coalesce(max(${kind('unreadable')}), 0) from looked) as unreadable,
    (select coalesce(max(${kind('conflicts')}), 0) from looked) as conflicts,
    (select count(*) from erased where source = 'reconcile' and deleted_at > ${filledAt} and deleted_at < now() - ${grace}
      and not exists (select from told where told.user_id = erased.user_id))::int as erased
  from reconcile_runs where not dry_run`

/** A pass has mended what it found: the sides are then as far apart as the last one that compared everybody has left them. */
export const selectDrift = sql`
  with left_apart as (select coalesce((${newestComplete(kind('apart'), sql`not dry_run and ${isFull}`)}), 0) as users),
  newest as (${newestComplete(sql`*`)})
  select finished_at as at, clerk_count as clerk, case when dry_run then neon_count else clerk_count - users end as neon,
    case when dry_run then clerk_count - neon_count else users end as apart,
    case when dry_run then ${kind('missing')} else 0 end as missing,
    case when dry_run then ${kind('outdated')} else 0 end as outdated,
    case when dry_run then ${kind('orphaned')} else 0 end as orphaned
  from newest cross join left_apart where clerk_count is not null and neon_count is not null`
