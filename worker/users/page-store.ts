/** Users in pages: what a pass writes, compares and counts. */
import { NeonDbError } from '@neondatabase/serverless'
import { type SQL, sql } from 'drizzle-orm'
import type { Range } from '../clerk/lists.ts'
import type { UserSnapshot } from '../clerk/user-json.ts'
import { arrayParam } from '../db/arrays.ts'
import { type DatabaseSettings, DEADLOCK_DETECTED, query, UNIQUE_VIOLATION } from '../db/client.ts'
import { applyAll, applyAllWithHandover, countConflicts, foresee } from './page-rule.ts'
import { bury } from './rule.ts'
import type { SyncOutcome } from './user.ts'

/**
 * Ten million users are counted in one to four seconds on one core, and a small compute that has to fetch them first is
 * many times slower. Nobody waits for it but the clock.
 */
const COUNT_DEADLINE_MS = 60_000

/** How many users of a page met which outcome, and how many have an address that another holds with us. */
export type PageOutcome = Record<SyncOutcome | 'conflicts', number>

/**
 * Applies a page by the rule. One request to the database, two when an address is another user's. Safe to repeat, in any
 * order and beside any other writer.
 */
export async function applyPage(settings: DatabaseSettings, snapshots: UserSnapshot[]): Promise<PageOutcome> {
  const conflicts = countConflicts(snapshots)
  try {
    return await query(
      settings,
      async (db) => {
        const [lock, upsert] = applyAll(snapshots)
        const [, outcomes, conflicting] = await db.batch([
          db.execute(lock),
          db.execute<Outcome>(upsert),
          db.execute<Count>(conflicts),
        ])
        return toPageOutcome(outcomes.rows, conflicting.rows)
      },
      { expected: [UNIQUE_VIOLATION, DEADLOCK_DETECTED] },
    )
  } catch (error) {
    if (!(error instanceof NeonDbError)) throw error
    return query(settings, async (db) => {
      const [lock, release, upsert] = applyAllWithHandover(snapshots)
      const [, , outcomes, conflicting] = await db.batch([
        db.execute(lock),
        db.execute(release),
        db.execute<Outcome>(upsert),
        db.execute<Count>(conflicts),
      ])
      return toPageOutcome(outcomes.rows, conflicting.rows)
    })
  }
}

/** What {@link applyPage} would do, without doing it. */
export async function foreseePage(
  settings: DatabaseSettings,
  snapshots: UserSnapshot[],
): Promise<PageOutcome> {
  return query(settings, async (db) => {
    const [outcomes, conflicting] = await db.batch([
      db.execute<Outcome>(foresee(snapshots)),
      db.execute<Count>(countConflicts(snapshots)),
    ])
    return toPageOutcome(outcomes.rows, conflicting.rows)
  })
}

/** Erases users for ever, and counts those who had not been. */
export async function removeUsers(settings: DatabaseSettings, ids: string[]): Promise<number> {
  return query(settings, async (db) => {
    const [lock, tombstone, erase] = bury(ids, 'reconcile')
    const [, buried] = await db.batch([db.execute(lock), db.execute(tombstone), db.execute(erase)])
    return buried.rows.length
  })
}

/**
 * How many users of ours were created in the range.
 * @throws {Problem} `database_unavailable` rather than a number that was not counted to its end.
 */
export async function countOurs(settings: DatabaseSettings, range: Range): Promise<number> {
  const { rows } = await query(
    settings,
    (db) => db.execute<Count>(sql`select count(*)::int as count from users where ${isWithin(range)}`),
    { deadlineMs: COUNT_DEADLINE_MS },
  )
  if (!rows[0]) throw new TypeError('an aggregate always has a row')
  return rows[0].count
}

/** Some users of ours, half of them the oldest and half the newest of the range. */
export async function sampleOurs(settings: DatabaseSettings, range: Range, size: number): Promise<string[]> {
  return query(settings, async (db) => {
    const some = (order: SQL) =>
      sql`(select id from users where ${isWithin(range)} order by created_at ${order} limit ${Math.floor(size / 2)})`
    const { rows } = await db.execute<Id>(sql`${some(sql`asc`)} union ${some(sql`desc`)}`)
    return rows.map(({ id }) => id)
  })
}

/** A stretch of time that Clerk has listed to the end. */
export type Stretch = {
  /** From this millisecond, of which Clerk has listed so many users on this page and on those before. */
  from: number
  listedAtFrom: number
  /** Up to this one, which does not belong to it. */
  until: number
}

/**
 * Users of ours in the stretch who are not on the page. In its first millisecond pages may meet, so there everybody is
 * given unless both sides have as many. In the order of their ids, beginning after one of them.
 */
export async function listUnlisted(
  settings: DatabaseSettings,
  { from, listedAtFrom, until }: Stretch,
  listed: string[],
  afterId: string,
  limit: number,
): Promise<string[]> {
  return query(settings, async (db) => {
    const { rows } = await db.execute<Id>(sql`
      select id from users
      where created_at >= ${instant(from)} and created_at < ${instant(until)}
        and id <> all(${arrayParam(listed)}::text[]) and id collate "C" > ${afterId}
        and (created_at > ${instant(from)}
          or (select count(*) from users where created_at = ${instant(from)}) > ${listedAtFrom}::int)
      order by id collate "C" limit ${limit}`)
    return rows.map(({ id }) => id)
  })
}

type Outcome = { outcome: SyncOutcome; count: number }
type Count = { count: number }
type Id = { id: string }

function toPageOutcome(outcomes: Outcome[], [conflicting]: Count[]): PageOutcome {
  const met = { created: 0, updated: 0, unchanged: 0, stale: 0, deleted: 0 }
  for (const { outcome, count } of outcomes) met[outcome] += count
  return { ...met, conflicts: conflicting?.count ?? 0 }
}

const instant = (milliseconds: number) => sql`${new Date(milliseconds).toISOString()}::timestamptz`
const isWithin = ({ after, before }: Range) =>
  sql`created_at > ${instant(after)} and created_at < ${instant(before)}`
