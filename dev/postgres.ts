/** A real PostgreSQL on the loopback interface, and the databases in it. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { prepareCluster } from './cluster.ts'
import { type Leashed, startLeashed } from './leashed.ts'
import { freePort } from './ports.ts'
import { databaseUrl } from './settings.ts'
import { Trouble } from './trouble.ts'

const MIGRATIONS = path.join(import.meta.dirname, '../drizzle')

/** The Neon endpoint's pools, a few storms of 64 connections of their own, and somebody with psql. */
const MAX_CONNECTIONS = 300

/** A fast shutdown writes a checkpoint; a slow disk may need seconds for it. */
const SHUTDOWN_GRACE_MS = 20_000

/** A server whose holder was killed ends by itself, a moment later. */
const PREDECESSOR_GRACE_MS = 3_000

type Options = {
  dataDir: string
  /** 0 takes any free port. */
  port: number
  /** `false` never waits for the disk: for data that nobody misses after a power cut. */
  durable?: boolean
  /** The server's own log, line by line. */
  log?: (line: string) => void
}

export type Postgres = { url: string; port: number; stop: () => Promise<void>; ended: Leashed['ended'] }

/**
 * Starts the server, making the data directory first where there is none. What a killed predecessor left is recovered.
 * @throws {Trouble} saying why it cannot run and how to mend that.
 */
export async function startPostgres({ dataDir, port, durable = true, log }: Options): Promise<Postgres> {
  const { postgres, as } = await prepareCluster(dataDir)
  await predecessorGone(dataDir)
  const bound = port || (await freePort())
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: String(MAX_CONNECTIONS),
    TimeZone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  const ready = Promise.withResolvers<'ready'>()
  const said: string[] = []
  const server = startLeashed({
    command: postgres,
    args: [
      '-D',
      dataDir,
      '-p',
      String(bound),
      ...Object.entries(settings).map((pair) => `--${pair.join('=')}`),
    ],
    as,
    cwd: path.dirname(dataDir),
    env: { LC_ALL: 'C' },
    stopSignal: 'SIGINT',
    graceMs: SHUTDOWN_GRACE_MS,
    onLine(line) {
      log?.(line)
      if (line.includes('database system is ready to accept connections')) ready.resolve('ready')
      if (said.length < 100) said.push(line)
    },
  })
  const outcome = await Promise.race([ready.promise, server.ended])
  if (outcome !== 'ready') throw new Trouble(whyNot(said, { dataDir, port: bound }))
  return { url: databaseUrl(bound), port: bound, stop: server.stop, ended: server.ended }
}

async function predecessorGone(dataDir: string) {
  const file = await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(file, 10)
  const deadline = Date.now() + PREDECESSOR_GRACE_MS
  while (pid > 0 && isAlive(pid) && Date.now() < deadline) await sleep(50)
  // Still there: PostgreSQL itself tells a running server from an unrelated process that got the same number.
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function whyNot(said: string[], { dataDir, port }: { dataDir: string; port: number }): string {
  const text = said.join('\n')
  if (text.includes('lock file "postmaster.pid" already exists')) {
    const pid = /\(PID (\d+)\)/.exec(text)?.[1]
    return `PostgreSQL already runs on ${dataDir} (process ${pid}): stop that one first`
  }
  if (text.includes('Address already in use')) return `Port ${port} is taken: set POSTGRES_PORT to another`
  const reasons = said.flatMap((line) => /(?:FATAL|HINT|DETAIL): {2}(.*)/.exec(line)?.[1] ?? [])
  return `PostgreSQL did not start on ${dataDir}: ${reasons.join(' ') || said.at(-1) || 'it says nothing'}. \`npm run dev -- --reset\` starts from nothing`
}

/** Applies what drizzle/ holds and the database has not; the journal is the one that drizzle-kit keeps. */
export async function migrate(url: string) {
  if (!existsSync(path.join(MIGRATIONS, 'meta/_journal.json'))) return
  await connected(url, (client) => applyMigrations(drizzle(client), { migrationsFolder: MIGRATIONS }))
}

/**
 * A database of its own for one test, on the server of `url`.
 * @param template is copied, data included; nobody may be connected to it meanwhile.
 */
export async function createDatabase(
  url: string,
  { name = `t_${randomUUID()}`, template = 'template1' } = {},
) {
  const [quoted, source] = [pg.escapeIdentifier(name), pg.escapeIdentifier(template)]
  const maintenance = withDatabase(url, 'postgres')
  await connected(maintenance, (client) => client.query(`CREATE DATABASE ${quoted} TEMPLATE ${source}`))
  const drop = () =>
    connected(maintenance, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${quoted} WITH (FORCE)`)
    })
  return { url: withDatabase(url, name), name, drop }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${encodeURIComponent(name)}`
  return changed.href
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
