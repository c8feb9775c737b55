/** The Neon endpoint on a database of its own, seen by three: the real driver, bare HTTP, and pg beside it. */
import { neon, neonConfig } from '@neondatabase/serverless'
import pg from 'pg'
import { inject } from 'vitest'
import { startNeon } from '../../dev/neon/index.ts'
import { createDatabase } from '../../dev/postgres.ts'

export type Endpoint = Awaited<ReturnType<typeof openEndpoint>>
type Answer = { status: number; headers: Headers; text: string; json: unknown }

export async function openEndpoint() {
  const database = await createDatabase(inject('databaseUrl'))
  const { url, faults, stop } = await startNeon({ port: 0, connectionString: database.url })
  neonConfig.fetchEndpoint = url
  const direct = new pg.Client({ connectionString: database.url })
  // The database is dropped by force: a connection that is only just ending hears of it.
  direct.on('error', () => {})
  await direct.connect()

  /** Bare HTTP; an object is sent as JSON, anything else as it is. */
  async function post(
    body: string | Uint8Array<ArrayBuffer> | ReadableStream | object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const sendsAsIs = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Neon-Connection-String': database.url, ...headers },
      body: sendsAsIs ? body : JSON.stringify(body),
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: text && JSON.parse(text) }
  }

  return {
    url,
    databaseUrl: database.url,
    faults,
    direct,
    sql: neon(database.url),
    post,
    async close() {
      await stop()
      await direct.end()
      await database.drop()
    },
  }
}

/** Tries again until it holds; fails by the test's own timeout. */
export async function eventually(holds: () => Promise<boolean>) {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}
