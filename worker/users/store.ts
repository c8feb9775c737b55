/** The one module that reads and writes users. */
import { NeonDbError } from '@neondatabase/serverless'
import { eq, sql } from 'drizzle-orm'
import type { UserSnapshot } from '../clerk/user-json.ts'
import { type Database, type DatabaseSettings, query } from '../db/client.ts'
import { rateLimits, syncState, users } from '../db/schema.ts'
import { nextDayStart, usedToday } from '../quota/store.ts'
import { type Arrival, apply, applyWithHandover, bury } from './rule.ts'
import type { Standing, SyncOutcome, SyncSource, User } from './user.ts'

export type Applied = { outcome: SyncOutcome; standing: Standing }

const UNIQUE_VIOLATION = '23505'
/** Two users who swap addresses at the same moment can wait for each other. */
const DEADLOCK_DETECTED = '40P01'

/**
 * How the user stands with us. One request to the database.
 * @param seen The user is here in person: remember when.
 */
export async function recall(settings: DatabaseSettings, id: string, seen: boolean): Promise<Standing> {
  return query(settings, async (db) => {
    if (!seen) return toStanding(await selectStanding(db, id))
    const [, rows] = await db.batch([db.execute(markSeen(id)), selectStanding(db, id)])
    return toStanding(rows)
  })
}

/**
 * Applies a snapshot by the rule: one request to the database, two when its address is another user's. Safe to repeat, in
 * any order and beside any other writer.
 */
export async function applySnapshot(
  settings: DatabaseSettings,
  snapshot: UserSnapshot,
  arrival: Arrival,
): Promise<Applied> {
  try {
    return await query(
      settings,
      async (db) => {
        const [lock, upsert] = apply(snapshot, arrival)
        const [, written, rows] = await db.batch([
          db.execute(lock),
          db.execute<Written>(upsert),
          selectStanding(db, snapshot.id),
        ])
        return toApplied(snapshot, written.rows, rows)
      },
      [UNIQUE_VIOLATION, DEADLOCK_DETECTED],
    )
  } catch (error) {
    if (!(error instanceof NeonDbError)) throw error
    return query(settings, async (db) => {
      const [lock, loseOlderClaim, upsert] = applyWithHandover(snapshot, arrival)
      const [, , written, rows] = await db.batch([
        db.execute(lock),
        db.execute(loseOlderClaim),
        db.execute<Written>(upsert),
        selectStanding(db, snapshot.id),
      ])
      return toApplied(snapshot, written.rows, rows)
    })
  }
}

/** Erases the user for ever. One request to the database. Safe to repeat. */
export async function removeUser(
  settings: DatabaseSettings,
  id: string,
  source: SyncSource,
): Promise<'deleted' | 'unchanged'> {
  return query(settings, async (db) => {
    const [lock, tombstone, erase] = bury(id, source)
    const [, buried] = await db.batch([db.execute(lock), db.execute(tombstone), db.execute(erase)])
    return buried.rows.length > 0 ? 'deleted' : 'unchanged'
  })
}

/** How the user stands, with today's messages in this time zone; nothing for an unknown one. One request. */
export async function recallAccount(settings: DatabaseSettings, id: string, zone: string) {
  return query(settings, async (db) => {
    const rows = await db
      .select({ ...standingColumns, used: usedToday(zone), resetAt: nextDayStart(zone) })
      .from(syncState)
      .leftJoin(users, eq(users.id, syncState.userId))
      .leftJoin(rateLimits, eq(rateLimits.userId, syncState.userId))
      .where(eq(syncState.userId, id))
    const [row] = rows
    return row && { standing: toStanding(rows), used: row.used, resetAt: row.resetAt }
  })
}

type Written = { created: boolean }
type StandingRow = { version: number; deletedAt: Date | null; bannedAt: Date | null; user: User | null }

const standingColumns = {
  version: syncState.version,
  deletedAt: syncState.deletedAt,
  bannedAt: syncState.bannedAt,
  user: users,
}

const selectStanding = (db: Database, id: string) =>
  db
    .select(standingColumns)
    .from(syncState)
    .leftJoin(users, eq(users.id, syncState.userId))
    .where(eq(syncState.userId, id))

const markSeen = (id: string) =>
  sql`update sync_state set seen_at = now() where user_id = ${id} and deleted_at is null and banned_at is null`

function toStanding([row]: StandingRow[]): Standing {
  if (row?.deletedAt) return { state: 'deleted' }
  if (!row?.user) return { state: 'unknown' }
  const { version, user } = row
  return row.bannedAt ? { state: 'banned', version } : { state: 'active', version, user }
}

function toApplied(snapshot: UserSnapshot, [written]: Written[], rows: StandingRow[]): Applied {
  const standing = toStanding(rows)
  if (written) return { outcome: written.created ? 'created' : 'updated', standing }
  if (standing.state === 'deleted') return { outcome: 'deleted', standing }
  return { outcome: rows[0]?.version === snapshot.version ? 'unchanged' : 'stale', standing }
}
