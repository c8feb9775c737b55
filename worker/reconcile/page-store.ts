/** Users in pages: what a pass writes, compares and counts. */
import { NeonDbError } from '@neondatabase/serverless'
import { type SQL, sql } from 'drizzle-orm'
import { MOST_IDS, type Range } from '../clerk/lists.ts'
import type { UserSnapshot } from '../clerk/user-json.ts'
import { arrayParam } from '../db/arrays.ts'
import { type DatabaseSettings, DEADLOCK_DETECTED, query, UNIQUE_VIOLATION } from '../db/client.ts'
import { tombstone } from '../users/rule.ts'
import type { SyncOutcome } from '../users/user.ts'
import {
  applyAll,
  applyAllWithHandover,
  type Compared,
  instant,
  preview,
  review,
  type Stretch,
  selectUnlisted,
} from './page-rule.ts'

/**
 * Ten million users are counted in one to four seconds on one core, one who has talked for years is erased in five, and a
 * small compute is many times slower. Nobody waits for it but the clock.
 */
export const CLOCK_DEADLINE_MS = 60_000

/** What there is to say of a page beside its snapshots. */
export type Seen = Compared & {
  /** Everybody on it. */
  ids: string[]
}

export type PageOutcome = {
  /** How many users of the page met which outcome. */
  met: Record<SyncOutcome, number>
  /** How many have an address that another holds with us. */
  conflicts: number
  /** The first {@link MOST_UNLISTED} of ours in the stretch who are not on the page. */
  unlisted: string[]
  /** How many of the page we hold in the millisecond of its border. */
  heldAtBorder: number
}

/** As many as Clerk can be asked for at once. */
export const MOST_UNLISTED = MOST_IDS

/**
 * Applies a page by the rule, and compares it. One request to the database, two when an address is another user's. Safe to
 * repeat, in any order and beside any other writer.
 */
export async function applyPage(
  settings: DatabaseSettings,
  snapshots: UserSnapshot[],
  seen: Seen,
): Promise<PageOutcome> {
  const compare = reviewOf(snapshots, seen)
  try {
    const [lock, upsert] = applyAll(snapshots)
    const [, outcomes, reviewed] = await query(
      settings,
      (db) => db.batch([db.execute(lock), db.execute<Outcome>(upsert), db.execute<Review>(compare)]),
      { expected: [UNIQUE_VIOLATION, DEADLOCK_DETECTED] },
    )
    return toPageOutcome(outcomes.rows, reviewed.rows)
  } catch (error) {
    if (!(error instanceof NeonDbError)) throw error
    const [lock, release, upsert] = applyAllWithHandover(snapshots)
    const [, , outcomes, reviewed] = await query(settings, (db) =>
      db.batch([
        db.execute(lock),
        db.execute(release),
        db.execute<Outcome>(upsert),
        db.execute<Review>(compare),
      ]),
    )
    return toPageOutcome(outcomes.rows, reviewed.rows)
  }
}

/** What {@link applyPage} would do, without doing it. */
export async function previewPage(
  settings: DatabaseSettings,
  snapshots: UserSnapshot[],
  seen: Seen,
): Promise<PageOutcome> {
  const [outcomes, reviewed] = await query(settings, (db) =>
    db.batch([db.execute<Outcome>(preview(snapshots)), db.execute<Review>(reviewOf(snapshots, seen))]),
  )
  return toPageOutcome(outcomes.rows, reviewed.rows)
}

function reviewOf(snapshots: UserSnapshot[], { ids, ...compared }: Seen): SQL {
  const emails = new Map(snapshots.map(({ id, email }) => [id, email]))
  return review(
    ids.map((id) => ({ id, email: emails.get(id) ?? null })),
    compared,
    MOST_UNLISTED,
  )
}

/** Erases users for ever, and counts those who had not been. */
export async function removeUsers(settings: DatabaseSettings, ids: string[]): Promise<number> {
  const [lock, mark, erase] = tombstone(ids, 'reconcile')
  const [, buried] = await query(
    settings,
    (db) => db.batch([db.execute(lock), db.execute(mark), db.execute(erase)]),
    { deadlineMs: CLOCK_DEADLINE_MS },
  )
  return buried.rows.length
}

/**
 * How many users of ours were created in the range.
 * @throws {Problem} `database_unavailable` rather than a number that was not counted to its end.
 */
export async function countOurs(settings: DatabaseSettings, range: Range): Promise<number> {
  const { rows } = await query(
    settings,
    (db) => db.execute<Count>(sql`select count(*)::int as count from users where ${isWithin(range)}`),
    { deadlineMs: CLOCK_DEADLINE_MS },
  )
  if (!rows[0]) throw new TypeError('an aggregate always has a row')
  return rows[0].count
}

/** Some users of ours, half of them the oldest and half the newest of the range. */
export async function sampleOurs(settings: DatabaseSettings, range: Range, size: number): Promise<string[]> {
  const some = (order: SQL) =>
    sql`(select id from users where ${isWithin(range)} order by created_at ${order} limit ${Math.floor(size / 2)})`
  const { rows } = await query(settings, (db) =>
    db.execute<Id>(sql`${some(sql`asc`)} union ${some(sql`desc`)}`),
  )
  return rows.map(({ id }) => id)
}

/** More of those whom {@link applyPage} has found to be unlisted: the next, after one of them. */
export async function listUnlisted(
  settings: DatabaseSettings,
  stretch: Stretch,
  listed: string[],
  afterId: string,
): Promise<string[]> {
  const ids = sql`select unnest(${arrayParam(listed)}::text[])`
  const { rows } = await query(settings, (db) =>
    db.execute<Id>(selectUnlisted(stretch, ids, afterId, MOST_UNLISTED)),
  )
  return rows.map(({ id }) => id)
}

type Outcome = { outcome: SyncOutcome; count: number }
type Review = Omit<PageOutcome, 'met'>
type Count = { count: number }
type Id = { id: string }

function toPageOutcome(outcomes: Outcome[], [reviewed]: Review[]): PageOutcome {
  if (!reviewed) throw new TypeError('an aggregate always has a row')
  const met = { created: 0, updated: 0, unchanged: 0, stale: 0, deleted: 0 }
  for (const { outcome, count } of outcomes) met[outcome] += count
  return { met, ...reviewed }
}

const isWithin = ({ after, before }: Range) =>
  sql`created_at > ${instant(after)} and created_at < ${instant(before)}`
