/** The passes of the clock's door, as `reconcile_runs` remembers them. */
import { sql } from 'drizzle-orm'
import { type DatabaseSettings, query } from '../db/client.ts'
import { CLOCK_DEADLINE_MS } from './page-store.ts'
import type { Counts, Run, RunEnd } from './pass.ts'

/** A pass that has not ended after so long never will: what ran it is gone. */
const ABANDONED_AFTER = sql`interval '1 day'`

/** Clerk repeats a delivery for 28 hours; three months are for people who look back. */
const DELIVERIES_KEPT = sql`interval '90 days'`

/** The same for passes. */
const RUNS_KEPT = sql`interval '1 year'`

/** Forgotten by one pass, so that a backlog of any size never passes the deadline: a million a day are fewer than this an hour. */
const MOST_FORGOTTEN = 50_000

/** Safe to repeat. */
export async function noteStart(
  settings: DatabaseSettings,
  { id, trigger, dryRun }: Run,
  { clerkCount, neonCount }: { clerkCount: number; neonCount: number },
): Promise<void> {
  await query(settings, (db) =>
    db.execute(sql`
      insert into reconcile_runs (id, trigger, dry_run, status, clerk_count, neon_count)
      values (${id}, ${trigger}, ${dryRun}, 'running', ${clerkCount}, ${neonCount})
      on conflict (id) do update
        set clerk_count = excluded.clerk_count, neon_count = excluded.neon_count`),
  )
}

/** What a pass under way has done so far. One that has ended is left alone: its last word was the whole. */
export async function noteProgress(settings: DatabaseSettings, id: string, counts: Counts): Promise<void> {
  await query(settings, (db) =>
    db.execute(sql`
      update reconcile_runs set counts = ${JSON.stringify(counts)}::jsonb
      where id = ${id} and status = 'running'`),
  )
}

/** Also for a pass that failed before its start could be noted. */
export async function noteEnd(
  settings: DatabaseSettings,
  { id, trigger, dryRun }: Run,
  { status, reason, counts }: { status: RunEnd; reason: string | null; counts?: Counts },
): Promise<void> {
  const told = sql`${counts ? JSON.stringify(counts) : null}::jsonb`
  await query(settings, (db) =>
    db.execute(sql`
      insert into reconcile_runs as run (id, trigger, dry_run, status, reason, counts, finished_at)
      values (${id}, ${trigger}, ${dryRun}, ${status}, ${reason}, coalesce(${told}, '{}'), now())
      on conflict (id) do update
        set status = excluded.status, reason = excluded.reason, counts = coalesce(${told}, run.counts),
            finished_at = excluded.finished_at`),
  )
}

export type LastPasses = {
  /** When the last pass that was carried through began, and the last of them that compared everybody; in milliseconds. */
  latest: number | null
  full: number | null
  /** How many more users than we Clerk had when that one was through: those whom nothing can be done about. */
  apart: number
}

export async function lastPasses(settings: DatabaseSettings): Promise<LastPasses> {
  const isFull = sql`(counts ->> 'full')::int = 1`
  const { rows } = await query(settings, (db) =>
    db.execute<LastPasses>(sql`
      select (extract(epoch from max(started_at)) * 1000)::float8 as latest,
        (extract(epoch from max(started_at) filter (where ${isFull})) * 1000)::float8 as full,
        coalesce((array_agg((counts ->> 'apart')::int order by started_at desc) filter (where ${isFull}))[1], 0) as apart
      from reconcile_runs where status = 'complete' and not dry_run`),
  )
  return rows[0] ?? { latest: null, full: null, apart: 0 }
}

/** By where the rows are: for so many keys the whole ledger would be read, every hour. */
export const forgetDeliveries = sql`
  delete from webhook_deliveries where ctid = any(array(
    select ctid from webhook_deliveries
    where received_at < least(now() - ${DELIVERIES_KEPT}, (select max(received_at) from webhook_deliveries))
      and received_at is distinct from (
        select max(received_at) from webhook_deliveries where outcome <> 'dead-letter'
      )
    order by received_at limit ${sql.raw(String(MOST_FORGOTTEN))}
  ))`

/**
 * Ends what was abandoned, and forgets what nobody will ask about: of deliveries all but the newest, which tells a webhook
 * that has fallen silent from one that never was; of passes all but the newest of each kind, which others build on.
 */
export async function tidy(settings: DatabaseSettings): Promise<void> {
  await query(
    settings,
    (db) =>
      db.batch([
        db.execute(sql`
          update reconcile_runs set status = 'failed', reason = 'It was cut off', finished_at = now()
          where status = 'running' and started_at < now() - ${ABANDONED_AFTER}`),
        db.execute(forgetDeliveries),
        db.execute(sql`
          delete from reconcile_runs where started_at < now() - ${RUNS_KEPT} and id not in (
            select distinct on (status, dry_run, counts ->> 'full') id from reconcile_runs
            order by status, dry_run, counts ->> 'full', started_at desc
          )`),
      ]),
    { deadlineMs: CLOCK_DEADLINE_MS },
  )
}
