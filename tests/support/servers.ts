/** What tests run on: a real PostgreSQL with the schema in it, and the Neon endpoint in front, on ports of their own. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type NeonStandIn, startNeon } from '../../dev/neon/index.ts'
import { createDatabase, migrate, startPostgres } from '../../dev/postgres.ts'

/** Migrated and never connected to: `createDatabase(url, { template: MIGRATED })` copies it in some 30 ms. */
export const MIGRATED = 'migrated'

export type TestServers = {
  /** As role `neon`, migrated. */
  databaseUrl: string
  neon: NeonStandIn
  stop: () => Promise<void>
}

export async function startTestServers(): Promise<TestServers> {
  const folder = await mkdtemp(path.join(tmpdir(), 'swarai-test-'))
  // PostgreSQL may have to run as somebody else, who must be able to come in.
  await chmod(folder, 0o755)
  const postgres = await startPostgres({ dataDir: path.join(folder, 'postgres'), port: 0, durable: false })
  await migrate(postgres.url)
  await createDatabase(postgres.url, { name: MIGRATED, template: 'neondb' })
  const neon = await startNeon({ port: 0, connectionString: postgres.url })
  const stop = async () => {
    await neon.stop()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { databaseUrl: postgres.url, neon, stop }
}
