/**
 * `npm run bench -- reconcile`: a whole pass over many users, against the floor that Clerk's rate limit sets. First nobody is held, then
 * everybody is. What it prints is a row of the table in README.md.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod/mini'
import { migrate, startPostgres } from '../dev/postgres.ts'
import type { Steps } from '../worker/reconcile/pass.ts'
import { reconcile } from '../worker/reconcile/reconcile.ts'
import { cpuMs } from './cpu.ts'

/** Clerk's production limit, and its largest page. */
const REQUESTS_A_SECOND = 100
const PAGE = 500

const users = Number(process.argv[2] ?? 1_000_000)
const MEGABYTE = 2 ** 20

const addressSchema = z.object({ url: z.string() })
const talliedSchema = z.object({ requests: z.number(), refused: z.number() })

async function start(program: string, argument: string) {
  const process = fork(path.join(import.meta.dirname, program), [argument])
  const [said] = await once(process, 'message')
  return { process, url: addressSchema.parse(said).url }
}

async function tally(clerk: ChildProcess) {
  clerk.send('tally')
  const [said] = await once(clerk, 'message')
  return talliedSchema.parse(said)
}

/** What the pass and the three others of this machine have cost so far, in milliseconds. */
async function costs(): Promise<number[]> {
  const postmaster = Number.parseInt(await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8'), 10)
  const { user, system } = process.cpuUsage()
  const others = [clerk.process.pid, neon.process.pid, postmaster].map((pid) => cpuMs(pid ?? 0))
  return [(user + system) / 1000, ...(await Promise.all(others))]
}

let paused = 0
const steps: Steps = {
  do: (_name, work) => work(),
  pause: async (_name, seconds) => {
    paused += 1
    await sleep(seconds * 1000)
  },
}

const folder = await mkdtemp(path.join(tmpdir(), 'swarai-bench-'))
await chmod(folder, 0o755)
const dataDir = path.join(folder, 'postgres')
const postgres = await startPostgres({ dataDir, port: 0, durable: false })
await migrate(postgres.url)
const [clerk, neon] = await Promise.all([start('clerk.ts', String(users)), start('neon.ts', postgres.url)])
const settings = {
  CLERK_API_URL: clerk.url,
  CLERK_SECRET_KEY: 'sk_test_bench',
  DATABASE_URL: postgres.url,
  NEON_FETCH_ENDPOINT: neon.url,
}

try {
  const floor = users / PAGE / REQUESTS_A_SECOND
  for (const what of ['nobody held', 'all unchanged']) {
    paused = 0
    let peak = 0
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss)
    }, 100)
    const before = await costs()
    const began = performance.now()
    const { status, counts, reason } = await reconcile(steps, settings, {
      id: what,
      trigger: 'cli',
      dryRun: false,
      full: true,
      startedAt: Date.now(),
    })
    const seconds = (performance.now() - began) / 1000
    clearInterval(watch)
    const after = await costs()
    const cpuOfPage = after.map((cost, n) => (cost - (before[n] ?? 0)) / (counts.pages ?? 1))
    const { requests, refused } = await tally(clerk.process)
    if (status !== 'complete') throw new Error(String(reason))
    const cells = [
      users.toLocaleString('en'),
      what,
      seconds.toFixed(1),
      floor.toFixed(1),
      (seconds / floor).toFixed(2),
      Math.round(users / seconds).toLocaleString('en'),
      requests.toLocaleString('en'),
      `${refused} (${paused})`,
      cpuOfPage.map((ms) => ms.toFixed(1)).join(', '),
      String(Math.round(peak / MEGABYTE)),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
} finally {
  clerk.process.disconnect()
  neon.process.disconnect()
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
