/** A database of its own for tests of the rule, reached by the store as the Worker reaches Neon. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import type { Faults } from '../../dev/faults.ts'
import { startNeon } from '../../dev/neon/index.ts'
import { createDatabase, migrate } from '../../dev/postgres.ts'
import type { UserSnapshot } from '../../worker/clerk/user-json.ts'
import type { DatabaseSettings } from '../../worker/db/client.ts'
import { applyPage, type PageOutcome, previewPage } from '../../worker/reconcile/page-store.ts'
import { removeByDelivery } from '../../worker/users/store.ts'

export type Sandbox = {
  settings: DatabaseSettings
  pool: pg.Pool
  /** Switches of the endpoint, and the requests that it has seen. */
  neon: Faults
  /** All users and what is remembered of the deleted ones, by id. */
  state: () => Promise<Record<string, UserState>>
  close: () => Promise<void>
}
export type UserState =
  | { deleted: true }
  | { deleted: false; version: number; email: string | null; firstName: string | null }

export async function openSandbox(): Promise<Sandbox> {
  const database = await createDatabase(inject('databaseUrl'))
  await migrate(database.url)
  const neon = await startNeon({ port: 0, connectionString: database.url })
  const pool = new pg.Pool({ connectionString: database.url, max: 8 })
  // The database is dropped by force: a connection that is only just ending hears of it after its pool has gone.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', () => {})
  return {
    settings: { DATABASE_URL: database.url, NEON_FETCH_ENDPOINT: neon.url },
    pool,
    neon: neon.faults,
    state: () => readState(pool),
    close: async () => {
      await pool.end()
      await neon.stop()
      await database.drop()
    },
  }
}

async function readState(pool: pg.Pool): Promise<Record<string, UserState>> {
  const { rows } = await pool.query(`
    select user_id, deleted_at is not null as deleted, version::float8 as version, email, first_name as "firstName", id
    from sync_state full join users on id = user_id order by user_id`)
  return Object.fromEntries(
    rows.map(({ user_id, deleted, version, email, firstName, id }): [string, UserState] => {
      // A user without a state, or a state without its user, would be an orphan: no end state has any.
      if ((id === null) !== deleted || user_id === null) throw new Error(`orphan: ${user_id ?? id}`)
      return [user_id, deleted ? { deleted } : { deleted, version, email, firstName }]
    }),
  )
}

export const snapshot = (
  id: string,
  version: number,
  email: string | null,
  firstName = `v${version}`,
): UserSnapshot => ({
  id,
  version,
  email,
  firstName,
  lastName: null,
  imageUrl: null,
  banned: false,
  createdAt: new Date(0),
})

/** A deletion as it arrives: through the webhook's door, each time as a message of its own. */
export const removeUser = (settings: DatabaseSettings, id: string) =>
  removeByDelivery(settings, id, { messageId: randomUUID(), type: 'user.deleted' })

/** A page of nobody else, applied or previewed: what it met, and how many of its addresses are another's. */
async function tally(
  take: typeof applyPage,
  settings: DatabaseSettings,
  snapshots: UserSnapshot[],
): Promise<PageOutcome['met'] & { conflicts: number }> {
  const { met, conflicts } = await take(settings, snapshots, { ids: snapshots.map(({ id }) => id) })
  return { ...met, conflicts }
}
export const takePage = (settings: DatabaseSettings, snapshots: UserSnapshot[]) =>
  tally(applyPage, settings, snapshots)
export const lookAtPage = (settings: DatabaseSettings, snapshots: UserSnapshot[]) =>
  tally(previewPage, settings, snapshots)
