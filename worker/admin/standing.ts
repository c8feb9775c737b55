/** How an admin stands, asked for in the same request as what the admin reads or changes. */
import type { SQL } from 'drizzle-orm'
import type { Database, DatabaseSettings, Statement } from '../db/client.ts'
import { isActive, readAs } from '../users/standing.ts'

/** An admin who has never been synced counts as active: the token has proved who it is. */
const ADMISSION = { unknown: true }

/** A condition for a statement that writes. */
export const mayWrite = (admin: string): SQL => isActive(admin, ADMISSION)

/**
 * Runs an admin's statements, in one transaction and one request.
 * @param admin Clerk's user id.
 * @throws {Problem} `user_deleted`, `user_banned`.
 */
export const asAdmin = <Statements extends Statement<unknown>[]>(
  settings: DatabaseSettings,
  admin: string,
  statements: (db: Database) => [...Statements],
) => readAs(settings, admin, statements, ADMISSION)
