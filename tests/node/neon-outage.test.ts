/** PostgreSQL goes away and comes back behind the Neon endpoint, which is there all the time. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { neon, neonConfig } from '@neondatabase/serverless'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNeon } from '../../dev/neon/index.ts'
import { type Postgres, startPostgres } from '../../dev/postgres.ts'
import { eventually } from './neon.ts'

let folder: string
let postgres: Postgres
const start = (port: number) => startPostgres({ dataDir: path.join(folder, 'data'), port, durable: false })

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'swarai-outage-'))
  await chmod(folder, 0o755)
  postgres = await start(0)
})
afterAll(async () => {
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
})

test('statements fail as on Neon while PostgreSQL is down, and work again by themselves when it is back', async () => {
  const endpoint = await startNeon({ port: 0, connectionString: postgres.url })
  neonConfig.fetchEndpoint = endpoint.url
  const sql = neon(postgres.url)
  await Promise.all(Array.from({ length: 10 }, () => sql`select 1`))

  const interrupted = expect(sql`select pg_sleep(3600)`).rejects.toMatchObject({ code: '57P01' })
  await eventually(
    async () =>
      (await sql`select from pg_stat_activity where query like '%3600)' and state = 'active'`).length === 1,
  )
  await postgres.stop()
  await interrupted
  await expect(sql`select 1`).rejects.toThrow(/HTTP status 500.*Couldn't connect to compute node/)

  postgres = await start(postgres.port)
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
  await endpoint.stop()
})
