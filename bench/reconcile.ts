/**
 * `npm run bench -- reconcile`: a whole pass over many users, against the floor that Clerk's rate limit sets. First nobody is held, then
 * everybody is. What it prints is a row of the table in README.md.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod/mini'
import type { Steps } from '../worker/reconcile/pass.ts'
import { reconcile } from '../worker/reconcile/reconcile.ts'
import { cpuMs } from './cpu.ts'
import { startBeside, startDatabase } from './database.ts'
import { tableRow } from './figures.ts'

/** Clerk's production limit, and its largest page. */
const REQUESTS_A_SECOND = 100
const PAGE = 500

const users = Number(process.argv[2] ?? 1_000_000)
const MEGABYTE = 2 ** 20

const talliedSchema = z.object({ requests: z.number(), refused: z.number() })

async function tally(clerk: ChildProcess) {
  clerk.send('tally')
  const [said] = await once(clerk, 'message')
  return talliedSchema.parse(said)
}

/** What the pass and the three others of this machine have cost so far, in milliseconds. */
async function costs(): Promise<number[]> {
  const postmaster = Number.parseInt(
    await readFile(path.join(database.dataDir, 'postmaster.pid'), 'utf8'),
    10,
  )
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

const database = await startDatabase()
const [clerk, neon] = await Promise.all([
  startBeside('clerk.ts', String(users)),
  startBeside('neon.ts', database.url),
])
const settings = {
  CLERK_API_URL: clerk.url,
  CLERK_SECRET_KEY: 'sk_test_bench',
  DATABASE_URL: database.url,
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
    console.log(tableRow(cells))
  }
} finally {
  clerk.stop()
  neon.stop()
  await database.stop()
}
