/**
 * Neon over HTTP with what its driver leaves out: a deadline for every request, one retry of what is ambiguous, and
 * errors that the HTTP edge understands.
 */
import {
  NeonDbError,
  type NeonQueryFunction,
  type NeonQueryPromise,
  neon,
  neonConfig,
} from '@neondatabase/serverless'
import { type SQL, sql } from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'
import type { Config } from '../env.ts'
import { Problem } from '../errors.ts'

export type DatabaseSettings = Pick<Config, 'DATABASE_URL' | 'NEON_FETCH_ENDPOINT'>

/** For one attempt. A sleeping Neon compute wakes in about half a second; two attempts stay bearable for a person. */
const DEADLINE_MS = 2500

type Options = { expected?: readonly string[]; attempts?: number; deadlineMs?: number }

/**
 * Runs one HTTP request to Neon: a query or a batch. It must be idempotent, because when the answer is lost nobody knows
 * whether it was committed, and it is sent once more.
 * @param ask Asks the driver, and does nothing else: whatever its promise is rejected with counts as the database's trouble, so
 * what is made of the answer belongs behind this. What is thrown before there is a promise is a bug of ours and comes out as it is.
 * @param expected SQLSTATEs whose {@link NeonDbError} is thrown as it is.
 * @param deadlineMs For each attempt, where nobody waits for it in person.
 * @throws {Problem} `database_unavailable`, `misconfigured`, `conflict`, `not_found`, `invalid`, `internal`.
 */
export async function query<T>(
  settings: DatabaseSettings,
  ask: (db: Database) => Promise<T>,
  { expected = [], attempts = 2, deadlineMs = DEADLINE_MS }: Options = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const asked = ask(connect(settings, deadlineMs))
    try {
      return await asked
    } catch (error) {
      const state = sqlState(error)
      if (state && expected.includes(state)) throw error
      const most = state === LOCK_NOT_AVAILABLE ? LOCK_ATTEMPTS : attempts
      if (attempt >= most || !isWorthRetrying(error, state)) throw problem(error, state)
      await pause()
    }
  }
}

/** A storm that was refused at once must not come again at once. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 50 + 150 * Math.random()))

/** A statement that is sent when it is awaited, or together with others in a batch. */
export type Statement<Row> = NeonQueryPromise<false, true, { rows: Row[] }>

/** PostgreSQL's, in words: Drizzle's own dialect knows it too, and brings tables, relations and a query builder along. */
const DIALECT = {
  casing: new CasingCache(),
  escapeName: (name: string) => `"${name.replaceAll('"', '""')}"`,
  escapeParam: (index: number) => `$${index + 1}`,
  escapeString: (text: string) => `'${text.replaceAll("'", "''")}'`,
}

/**
 * The first statement of a transaction that reads the newest of many rows off an index. Left to itself, the planner takes a
 * conversation for as long as the others of its time, and collects and sorts all of a long one to have its last lines.
 */
export const inIndexOrder: SQL = sql`select set_config('enable_sort', 'off', true)`

/** Drizzle's `sql` over Neon's driver. Its query builder would be a tenth of the Worker, for statements that SQL says better. */
export class Database {
  readonly #client: NeonQueryFunction<false, true>

  constructor(client: NeonQueryFunction<false, true>) {
    this.#client = client
  }

  /** `Row` is what the statement's columns are by PostgreSQL's types: `timestamptz` a Date, `bigint` and `numeric` text. */
  execute<Row = unknown>(statement: SQL): Statement<Row> {
    const { sql, params } = statement.toQuery(DIALECT)
    // What a statement gives is for its store to know: nothing here could check it.
    return this.#client.query(sql, params) as Statement<Row>
  }

  /** One transaction at READ COMMITTED, in one request: all of it or nothing. */
  batch<Statements extends Statement<unknown>[]>(
    statements: [...Statements],
  ): Promise<{ [Nth in keyof Statements]: Awaited<Statements[Nth]> }> {
    return this.#client.transaction(statements) as Promise<{
      [Nth in keyof Statements]: Awaited<Statements[Nth]>
    }>
  }
}

function connect({ DATABASE_URL, NEON_FETCH_ENDPOINT }: DatabaseSettings, deadlineMs: number): Database {
  // Global in the driver, and the same for every request of a deployment. Unset means Neon's own endpoint.
  if (NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = NEON_FETCH_ENDPOINT
  return new Database(
    neon(DATABASE_URL, {
      fullResults: true,
      // The rule relies on it, whatever default the database has been given.
      isolationLevel: 'ReadCommitted',
      fetchOptions: { signal: AbortSignal.timeout(deadlineMs) },
    }),
  )
}

/** @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
function sqlState(error: unknown): string | undefined {
  return error instanceof NeonDbError && error.code ? error.code : undefined
}

// Neon's proxy speaks without SQLSTATE. Its verdicts below are final, all else may be a passing trouble.
const saysProxy = (error: unknown, words: RegExp) =>
  error instanceof NeonDbError && !error.code && words.test(error.message)
/** Request or result pass 10 MiB, and the same query would pass them again. */
const isTooLarge = (error: unknown) => saysProxy(error, /HTTP status (413|507)/)
const isLoginRefused = (error: unknown) => saysProxy(error, /^password authentication failed/)

const SERIALIZATION_FAILURE = '40001'
/** Waiting for a lock has been given up in good time, so it may be begun more often than an answer may be lost. */
export const LOCK_NOT_AVAILABLE = '55P03'
const LOCK_ATTEMPTS = 4
/** Two users who swap addresses at the same moment can wait for each other. */
export const DEADLOCK_DETECTED = '40P01'
export const UNIQUE_VIOLATION = '23505'

function isWorthRetrying(error: unknown, state: string | undefined): boolean {
  if (state) return [SERIALIZATION_FAILURE, DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE].includes(state)
  return !isTooLarge(error) && !isLoginRefused(error)
}

function problem(cause: unknown, state: string | undefined): Problem {
  const options = { cause }
  // Wrong password; unknown role or database.
  if (isLoginRefused(cause) || state?.startsWith('28') || state === '3D000')
    return new Problem('misconfigured', { cause, facts: { variables: ['DATABASE_URL'] } })
  if (!state) return new Problem(isTooLarge(cause) ? 'internal' : 'database_unavailable', options)
  if (state === UNIQUE_VIOLATION) return new Problem('conflict', options)
  if (state === '23503') return new Problem('not_found', options)
  if (state === '22021') return new Problem('invalid', options)
  // Connection lost, transaction rolled back, out of resources, locked, cancelled or shutting down, system trouble.
  if (/^(08|40|53|55P03|57|58)/.test(state)) return new Problem('database_unavailable', options)
  return new Problem('internal', options)
}
