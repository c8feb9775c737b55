/** How a user stands with us, asked for in the same request as whatever is theirs: a token outlives a ban by a minute. */
import { type SQL, sql } from 'drizzle-orm'
import { type Database, type DatabaseSettings, query, type Statement } from '../db/client.ts'
import { Problem } from '../errors.ts'
import type { Standing } from './user.ts'

type State = Standing['state']

/** How a user stands, for a query that has `sync_state` and `users` joined: the one place that says so. */
export const stateColumn: SQL = sql`
  case when sync_state.deleted_at is not null then 'deleted'
       when sync_state.banned_at is not null then 'banned'
       when users.id is null then 'unknown'
       else 'active' end as state`

/** Always one row `{ state }`. */
const selectState = (userId: string): SQL => sql`
  select ${stateColumn}
  from (select ${userId}::text as id) as asked
    left join sync_state on sync_state.user_id = asked.id
    left join users on users.id = asked.id`

/** Whether somebody who has never been synced counts as active, too. */
type Admission = { unknown?: boolean }

/** A condition: whoever is not active writes nothing. All statements of a request are sent at once, so each asks for it. */
export const isActive = (userId: string, { unknown = false }: Admission = {}): SQL =>
  sql`(${selectState(userId)}) in ('active', ${unknown ? 'unknown' : 'active'})`

/**
 * The first statement of a transaction that writes what belongs to a user: the next one then knows of every deletion and
 * change of tier that it has waited for.
 */
const lockUser = (userId: string): SQL => sql`select from users where id = ${userId} for no key update`

/** Why whoever is not active is refused. A user who has never been synced has nothing that could be found. */
export function refusal(state: Exclude<State, 'active'>): Problem {
  const codes = { deleted: 'user_deleted', banned: 'user_banned', unknown: 'not_found' } as const
  return new Problem(codes[state])
}

/** Of the statements of a batch, one by one. */
type Results<Statements> = { [Nth in keyof Statements]: Awaited<Statements[Nth]> }

/**
 * Reads what belongs to a user, and tells how that user stands, in one request.
 * @throws {Problem} `user_deleted`, `user_banned`; `not_found` for a user who has never been synced.
 */
export async function readAs<Statements extends Statement<unknown>[]>(
  settings: DatabaseSettings,
  userId: string,
  statements: (db: Database) => [...Statements],
  admission: Admission = {},
): Promise<Results<Statements>> {
  const [standing, ...results] = await query(settings, (db) =>
    db.batch<[Statement<StateRow>, ...Statements]>([db.execute(selectState(userId)), ...statements(db)]),
  )
  requireActive(standing, admission)
  return results
}

/**
 * Writes what belongs to a user, in one transaction and one request. Until it ends nobody deletes the user, bans them or
 * changes their tier; each statement still has to ask for {@link isActive}, because all of them are sent at once.
 * @throws {Problem} as {@link readAs}.
 */
export async function writeAs<Statements extends Statement<unknown>[]>(
  settings: DatabaseSettings,
  userId: string,
  statements: (db: Database) => [...Statements],
): Promise<Results<Statements>> {
  const [, standing, ...results] = await query(settings, (db) =>
    db.batch<[Statement<unknown>, Statement<StateRow>, ...Statements]>([
      db.execute(lockUser(userId)),
      db.execute(selectState(userId)),
      ...statements(db),
    ]),
  )
  requireActive(standing)
  return results
}

type StateRow = { state: State }

/** @param standing What {@link selectState} gave. @throws {Problem} as {@link readAs}. */
function requireActive(
  { rows: [standing] }: { rows: StateRow[] },
  { unknown = false }: Admission = {},
): void {
  const state = standing?.state ?? 'unknown'
  if (state === 'active' || (state === 'unknown' && unknown)) return
  throw refusal(state)
}
