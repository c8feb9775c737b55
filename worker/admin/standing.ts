/** How an admin stands, asked for in the same request as what the admin reads or changes. */
import { type SQL, sql } from 'drizzle-orm'
import { type Database, type DatabaseSettings, query, type Statement } from '../db/client.ts'
import { type Results, refusal } from '../users/standing.ts'

type AdminStanding = 'deleted' | 'banned' | 'active'
type StandingRow = { standing: AdminStanding }

const selectStanding = (admin: string): SQL => sql`
  select case when deleted_at is not null then 'deleted' when banned_at is not null then 'banned' else 'active' end as standing
  from sync_state where user_id = ${admin}`

/** A condition: all statements of a request are sent at once, so one that writes asks for it itself. */
export const mayWrite = (admin: string): SQL => sql`
  not exists (select from sync_state where user_id = ${admin} and (deleted_at is not null or banned_at is not null))`

/**
 * Runs an admin's statements, in one transaction and one request.
 * @param admin Clerk's user id. An admin who has never been synced counts as active: the token has proved who it is.
 * @throws {Problem} `user_deleted`, `user_banned`.
 */
export async function asAdmin<Statements extends Statement<unknown>[]>(
  settings: DatabaseSettings,
  admin: string,
  statements: (db: Database) => [...Statements],
): Promise<Results<Statements>> {
  const [{ rows }, ...results] = await query(settings, (db) =>
    db.batch<[Statement<StandingRow>, ...Statements]>([db.execute(selectStanding(admin)), ...statements(db)]),
  )
  const standing = rows[0]?.standing ?? 'active'
  if (standing !== 'active') throw refusal(standing)
  return results
}
