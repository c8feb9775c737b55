/** Connections to the local PostgreSQL, lent to one request at a time. */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type PoolClient } from 'pg'
import * as z from 'zod'
import type { Credentials } from './credentials.ts'
import { connectionRefusal, queryCancelled, Refusal } from './refusal.ts'

/** Truly concurrent statements of one role in one database; further requests wait for their turn. */
const POOL_SIZE = 64

/** The number of PostgreSQL's CancelRequest message, where others have the protocol's version. */
const CANCEL_REQUEST = 80_877_102

/** A cancellation that arrives before its statement has begun is lost, so it is sent again. */
const CANCEL = { tries: 20, everyMs: 50 }

/** pg keeps what a cancellation has to quote, without a word of it in its types. */
const backendKey = z.object({ processID: z.number(), secretKey: z.number() })

export class Pools {
  readonly #address: { host: string; port: number }
  readonly #pools = new Map<string, pg.Pool>()

  constructor(address: { host: string; port: number }) {
    this.#address = address
  }

  /**
   * Does `work` on a connection, and cancels what that executes when the client is gone.
   * @throws {Refusal} when there is no connection to be had.
   */
  async lend<T>(
    credentials: Credentials,
    gone: AbortSignal,
    work: (client: PoolClient) => Promise<T>,
  ): Promise<T> {
    const client = await this.#pool(credentials)
      .connect()
      .catch((error) => {
        throw connectionRefusal(error, credentials.user)
      })
    const done = new AbortController()
    const cancelled = new Promise<void>((resolve) => {
      gone.addEventListener('abort', () => resolve(this.#cancel(client, done.signal)), {
        signal: done.signal,
      })
      done.signal.addEventListener('abort', () => resolve())
    })
    let atRest = false
    try {
      if (gone.aborted) throw queryCancelled()
      const result = await work(client)
      atRest = true
      return result
    } catch (error) {
      atRest = await rolledBack(client, error)
      throw error
    } finally {
      done.abort()
      await cancelled
      // Only a connection that is surely at rest is lent again: as on Neon, nothing else of it is reset.
      client.release(!atRest || gone.aborted || client.getTransactionStatus() !== 'I')
    }
  }

  async close() {
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()))
  }

  #pool({ user, password, database }: Credentials): pg.Pool {
    const key = JSON.stringify([user, password, database])
    const existing = this.#pools.get(key)
    if (existing) return existing
    const pool = new pg.Pool({ ...this.#address, user, password, database, max: POOL_SIZE })
    // A connection may break at rest or at work; whoever uses it hears of it from the statement.
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
    this.#pools.set(key, pool)
    return pool
  }

  async #cancel(client: PoolClient, done: AbortSignal) {
    const { processID, secretKey } = backendKey.parse(client)
    const message = Buffer.alloc(16)
    for (const [i, word] of [message.length, CANCEL_REQUEST, processID, secretKey].entries())
      message.writeInt32BE(word, i * 4)
    for (let tries = 0; tries < CANCEL.tries && !done.aborted; tries += 1) {
      const socket = connect(this.#address, () => socket.end(message))
      socket.on('error', () => {})
      await sleep(CANCEL.everyMs)
    }
  }
}

/** After a plain error the connection is whole; after anything worse, or with rows still coming, it is not. */
async function rolledBack(client: PoolClient, error: unknown): Promise<boolean> {
  if (!(error instanceof Refusal) || error.report?.severity !== 'ERROR') return false
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  )
}
