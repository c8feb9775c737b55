/** How a user stands with us, asked for in the same request as whatever is theirs: a token outlives a ban by a minute. */
import { type SQL, sql } from 'drizzle-orm'
import { type Database, type DatabaseSettings, query, type Statement } from '../db/client.ts'
import { Problem } from '../errors.ts'
import type { Standing } from './user.ts'

type State = Standing['state']

/** Always one row `{ state }`. */
const selectState = (userId: string): SQL => sql`
  select case when deleted_at is not null then 'deleted'
              when users.id is null then 'unknown'
              when banned_at is not null then 'banned'
              else 'active' end as state
  from (select ${userId}::text as id) as asked
    left join sync_state on sync_state.user_id = asked.id
    left join users on users.id = asked.id`

/** A condition: whoever is not active writes nothing. */
export const isActive = (userId: string): SQL => sql`
  exists (select from sync_state where user_id = ${userId} and deleted_at is null and banned_at is null)`

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
export type Results<Statements> = { [Nth in keyof Statements]: Awaited<Statements[Nth]> }

/**
 * Reads what belongs to a user, and tells how that user stands, in one request.
 * @throws {Problem} `user_deleted`, `user_banned`; `not_found` for a user who has never been synced.
 */
export async function readAs<Statements extends Statement<unknown>[]>(
  settings: DatabaseSettings,
  userId: string,
  statements: (db: Database) => [...Statements],
): Promise<Results<Statements>> {
  const [standing, ...results] = await query(settings, (db) =>
    db.batch<[Statement<StateRow>, ...Statements]>([db.execute(selectState(userId)), ...statements(db)]),
  )
  requireActive(standing)
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
function requireActive({ rows: [standing] }: { rows: StateRow[] }): void {
  const state = standing?.state ?? 'unknown'
  if (state !== 'active') throw refusal(state)
}
