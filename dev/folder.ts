/** The folder that the local stack keeps its state in, and whose it is at the moment. */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from './make-folder.ts'
import { Trouble } from './trouble.ts'

/** How every run looks in the system's list of processes. */
const PROGRAM = path.join(path.basename(import.meta.dirname), 'main.ts')

/** What cluster.ts, clerk/images.ts and clerk/store.ts put beside the files that they are given. */
const BESIDE = ['postgres.unfinished', 'clerk-images', 'clerk.json.draft']

export type Folder = {
  postgres: string
  postgresLog: string
  clerk: string
  workerEnv: string
  wrangler: string
  /** The last run in this folder was killed: what it had started is perhaps still ending. */
  abandoned: boolean
  /** Forgets everything. Only what is ours: DEV_DATA_DIR may have been set to a folder with other things in it. */
  reset: () => Promise<void>
  /** Also in the middle of an exit, hence synchronous. */
  release: () => void
}

/** @throws {Trouble} when another run has it, or nothing can be written there. */
export async function claimFolder(root: string): Promise<Folder> {
  const holderFile = path.join(root, 'running.pid')
  const holder = Number.parseInt(await readFile(holderFile, 'utf8').catch(() => ''), 10)
  if (holder > 0 && isOurs(holder))
    throw new Trouble(
      `The local stack already runs in ${root} (process ${holder}): stop it with Ctrl-C there, or \`kill ${holder}\``,
    )
  try {
    await makeFolder(root)
    await writeFile(holderFile, `${process.pid}\n`)
  } catch (error) {
    throw new Trouble(
      `Nothing can be written to ${root} (${error instanceof Error ? error.message : error}): set DEV_DATA_DIR to a folder where it can`,
    )
  }
  const inside = (name: string) => path.join(root, name)
  const state = {
    postgres: inside('postgres'),
    postgresLog: inside('postgres.log'),
    clerk: inside('clerk.json'),
    workerEnv: inside('worker.env'),
    wrangler: inside('wrangler'),
  }
  return {
    ...state,
    abandoned: holder > 0,
    async reset() {
      for (const entry of [...Object.values(state), ...BESIDE.map(inside)])
        await rm(entry, { recursive: true, force: true })
    },
    release: () => rmSync(holderFile, { force: true }),
  }
}

/** A number is given again after a restart of the machine, so the process must look like this program, too. */
function isOurs(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return commandOf(pid).includes(PROGRAM)
  } catch {
    return false
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  }
}
