/** The one module that reads and writes users. */
import { NeonDbError } from '@neondatabase/serverless'
import { type SQL, sql } from 'drizzle-orm'
import type { UserSnapshot } from '../clerk/user-json.ts'
import {
  type Database,
  type DatabaseSettings,
  DEADLOCK_DETECTED,
  query,
  type Statement,
  UNIQUE_VIOLATION,
} from '../db/client.ts'
import { type QuotaRow, type QuotaSettings, quotaOf, selectQuota } from '../quota/store.ts'
import type { Quota } from '../quota/tiers.ts'
import {
  type Delivery,
  type DeliveryOutcome,
  keepLetter,
  noteDeadLetter,
  noteDeletion,
  noteSnapshot,
  settleLetter,
  type Unusable,
} from './ledger.ts'
import { type Arrival, apply, applyWithHandover, tombstone } from './rule.ts'
import { stateColumn } from './standing.ts'
import type { Standing, SyncOutcome, User } from './user.ts'

/** Years of talk go with a user, and Svix waits 15 s for two attempts at it. What takes longer is left to a pass. */
const ERASE_DEADLINE_MS = 7_000

export type Applied = { outcome: SyncOutcome; standing: Standing }

/** How the user stands with us. One request to the database. */
export async function recall(settings: DatabaseSettings, id: string): Promise<Standing> {
  return toStanding(await query(settings, (db) => db.execute<StandingRow>(selectStanding(id))))
}

/** The same of a user who is here in person, and remembers when. */
export async function noteVisit(settings: DatabaseSettings, id: string): Promise<Standing> {
  const [, found] = await query(settings, (db) =>
    db.batch([db.execute(markSeen(id)), db.execute<StandingRow>(selectStanding(id))]),
  )
  return toStanding(found)
}

/** Applies a snapshot by the rule, and says how its user stands then. */
export async function applySnapshot(
  settings: DatabaseSettings,
  snapshot: UserSnapshot,
  arrival: Arrival,
): Promise<Applied> {
  const [written, found] = await writeSnapshot(settings, snapshot, arrival, (db) =>
    db.execute<StandingRow>(selectStanding(snapshot.id)),
  )
  const standing = toStanding(found)
  if (written) return { outcome: written.outcome, standing }
  if (standing.state === 'deleted') return { outcome: 'deleted', standing }
  return { outcome: found.rows[0]?.version === snapshot.version ? 'unchanged' : 'stale', standing }
}

/** Applies a snapshot that a webhook brought, and notes the delivery in the same transaction. */
export async function applyDelivery(
  settings: DatabaseSettings,
  snapshot: UserSnapshot,
  delivery: Delivery,
): Promise<DeliveryOutcome> {
  const note = noteSnapshot(delivery, snapshot.id, snapshot.version)
  const arrival: Arrival = { source: 'webhook', seen: false }
  const [, noted] = await writeSnapshot(settings, snapshot, arrival, (db) => db.execute<Noted>(note))
  return outcomeOf(noted)
}

/** Erases the user for ever, because a webhook says so, and notes the delivery in the same transaction. Safe to repeat. */
export async function removeByDelivery(
  settings: DatabaseSettings,
  id: string,
  delivery: Delivery,
): Promise<DeliveryOutcome> {
  const [lock, mark, erase] = tombstone([id], 'webhook')
  const [, , , noted] = await query(
    settings,
    (db) =>
      db.batch([
        db.execute(lock),
        db.execute(mark),
        db.execute(erase),
        db.execute<Noted>(noteDeletion(delivery, id)),
      ]),
    { deadlineMs: ERASE_DEADLINE_MS },
  )
  return outcomeOf(noted)
}

/** Keeps an authentic delivery that we could not use. One request to the database. Safe to repeat. */
export async function keepDeadLetter(
  settings: DatabaseSettings,
  delivery: Delivery,
  unusable: Unusable,
): Promise<DeliveryOutcome> {
  return outcomeOf(await query(settings, (db) => db.execute<Noted>(noteDeadLetter(delivery, unusable))))
}

/**
 * Applies what Clerk says now of a dead letter's user, and takes the letter off the list in the same transaction.
 * @returns what the letter is then; `undefined` when there is no such letter any more.
 */
export async function applyLetter(
  settings: DatabaseSettings,
  snapshot: UserSnapshot,
  messageId: string,
): Promise<DeliveryOutcome | undefined> {
  const settle = settleLetter(messageId, snapshot.id, snapshot.version)
  const arrival: Arrival = { source: 'webhook', seen: false }
  const [, { rows }] = await writeSnapshot(settings, snapshot, arrival, (db) => db.execute<Noted>(settle))
  return rows[0]?.outcome
}

/** Says why a dead letter has to stay one; what has been settled meanwhile stays settled. */
export async function keepAsDead(
  settings: DatabaseSettings,
  messageId: string,
  reason: string,
): Promise<DeliveryOutcome | undefined> {
  const { rows } = await query(settings, (db) => db.execute<Noted>(keepLetter(messageId, reason)))
  return rows[0]?.outcome
}

/** How the user stands, and what is left of their day's messages; no quota for whom we have no row of. One request. */
export async function recallAccount(
  settings: DatabaseSettings & QuotaSettings,
  id: string,
): Promise<{ standing: Standing; quota: Quota | undefined }> {
  const [found, quotas] = await query(settings, (db) =>
    db.batch([db.execute<StandingRow>(selectStanding(id)), db.execute<QuotaRow>(selectQuota(id, settings))]),
  )
  return { standing: toStanding(found), quota: quotas.rows.map(quotaOf)[0] }
}

/**
 * The rule in one request to the database, in two when the address is another user's. Safe to repeat, in any order and
 * beside any other writer.
 * @param last The transaction's last statement.
 * @returns what was written, if anything, and the last statement's result.
 */
async function writeSnapshot<Row>(
  settings: DatabaseSettings,
  snapshot: UserSnapshot,
  arrival: Arrival,
  last: (db: Database) => Statement<Row>,
): Promise<[Written | undefined, { rows: Row[] }]> {
  try {
    const [lock, upsert] = apply(snapshot, arrival)
    const [, { rows }, result] = await query(
      settings,
      (db) => db.batch([db.execute(lock), db.execute<Written>(upsert), last(db)]),
      { expected: [UNIQUE_VIOLATION, DEADLOCK_DETECTED] },
    )
    return [rows[0], result]
  } catch (error) {
    if (!(error instanceof NeonDbError)) throw error
    const [lock, loseOlderClaim, upsert] = applyWithHandover(snapshot, arrival)
    const [, , { rows }, result] = await query(settings, (db) =>
      db.batch([db.execute(lock), db.execute(loseOlderClaim), db.execute<Written>(upsert), last(db)]),
    )
    return [rows[0], result]
  }
}

type Written = { outcome: 'created' | 'updated' }
type Noted = { outcome: DeliveryOutcome }
type StandingRow = { version: number } & (
  | { state: 'unknown' }
  | { state: 'deleted' }
  | { state: 'banned' }
  | ({ state: 'active' } & User)
)

const selectStanding = (id: string): SQL => sql`
  select ${stateColumn}, sync_state.version::float8 as version,
    users.id, email, first_name as "firstName", last_name as "lastName", image_url as "imageUrl", tier,
    created_at as "createdAt", updated_at as "updatedAt"
  from sync_state left join users on users.id = sync_state.user_id
  where sync_state.user_id = ${id}`

const markSeen = (id: string): SQL =>
  sql`update sync_state set seen_at = now() where user_id = ${id} and deleted_at is null and banned_at is null`

function toStanding({ rows: [row] }: { rows: StandingRow[] }): Standing {
  if (!row || row.state === 'unknown') return { state: 'unknown' }
  if (row.state === 'deleted') return { state: 'deleted' }
  if (row.state === 'banned') return { state: 'banned', version: row.version }
  const { version, id, email, firstName, lastName, imageUrl, tier, createdAt, updatedAt } = row
  return {
    state: 'active',
    version,
    user: { id, email, firstName, lastName, imageUrl, tier, createdAt, updatedAt },
  }
}

function outcomeOf({ rows: [noted] }: { rows: Noted[] }): DeliveryOutcome {
  if (!noted) throw new TypeError('a delivery is always noted')
  return noted.outcome
}
