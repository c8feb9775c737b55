/** Races on purpose: a writer is held in the middle of its transaction, a second one is let into it, and only then the first may end. */
import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { DatabaseError } from 'pg'
import { expect } from 'vitest'
import { LOCK_NOT_AVAILABLE } from '../../worker/db/client.ts'
import type { Sandbox } from './rule.ts'

const dialect = new PgDialect()

export type Held = { finish: (command: 'commit' | 'rollback') => Promise<void> }

/** Runs the rule's own statements and stops before COMMIT. */
export async function hold({ pool }: Sandbox, statements: SQL[]): Promise<Held> {
  const client = await pool.connect()
  const finish = async (command: 'commit' | 'rollback') => {
    await client.query(command)
    client.release()
  }
  try {
    await client.query('begin isolation level read committed')
    for (const statement of statements) {
      const { sql, params } = dialect.sqlToQuery(statement)
      await client.query(sql, params)
    }
  } catch (error) {
    await finish('rollback')
    throw error
  }
  return { finish }
}

/** Runs them to their end, with nobody to try again when they fail but for a lock that has not come in time. */
export async function run(sandbox: Sandbox, statements: SQL[]): Promise<void> {
  for (;;) {
    try {
      return await (await hold(sandbox, statements)).finish('commit')
    } catch (error) {
      if (!(error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE)) throw error
    }
  }
}

/** Until so many of this database wait for a lock: then they are in the middle of their own work. */
export async function untilSomebodyWaits({ pool }: Sandbox, writers = 1) {
  for (;;) {
    const { rows } = await pool.query(
      `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rows[0].waiting >= writers) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** The second writer starts while the first is held, waits for it, and goes on when it has ended. */
export async function race<T>(
  sandbox: Sandbox,
  first: SQL[],
  second: () => Promise<T>,
  end: 'commit' | 'rollback' = 'commit',
): Promise<T> {
  const held = await hold(sandbox, first)
  let settled = false
  const running = second().finally(() => {
    settled = true
  })
  await untilSomebodyWaits(sandbox)
  expect(settled).toBe(false)
  await held.finish(end)
  return running
}
