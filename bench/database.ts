/** What a measurement runs on: a real PostgreSQL with the schema in it, and beside it programs in processes of their own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as z from 'zod/mini'
import { migrate, startPostgres } from '../dev/postgres.ts'

const addressSchema = z.object({ url: z.string() })

/** Migrated, in a folder that is gone after `stop`. It never waits for the disk. */
export async function startDatabase() {
  const folder = await mkdtemp(path.join(tmpdir(), 'swarai-bench-'))
  // PostgreSQL may have to run as somebody else, who must be able to come in.
  await chmod(folder, 0o755)
  const dataDir = path.join(folder, 'postgres')
  const postgres = await startPostgres({ dataDir, port: 0, durable: false })
  await migrate(postgres.url)
  const stop = async () => {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: postgres.url, dataDir, stop }
}

/** @param program A file of this folder that says its address as soon as it is there, and ends when it is let go. */
export async function startBeside(program: 'clerk.ts' | 'neon.ts', argument: string) {
  const process = fork(path.join(import.meta.dirname, program), [argument])
  const [said] = await once(process, 'message')
  return { process, url: addressSchema.parse(said).url, stop: () => process.disconnect() }
}
