/** `npm run reconcile`: a pass of the clock's door by hand, with the same steps as the Workflow's. */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { understand } from '../dev/command-line.ts'
import { pauseOf } from '../worker/clerk/api.ts'
import { explain, Problem } from '../worker/errors.ts'
import type { Plan, Steps } from '../worker/reconcile/pass.ts'
import { reconcile } from '../worker/reconcile/reconcile.ts'
import { runCommand, workingOn } from './command.ts'
import { Progress } from './progress.ts'
import { readEnvironment } from './settings.ts'
import { summary } from './summary.ts'

const USAGE = `Usage: npm run reconcile [-- --dry-run] [--full] [--allow-deletions N]

  --dry-run            says what differs and changes nothing
  --full               compares everybody, also when the counts tell nothing new
  --allow-deletions N  deletes up to N users who are gone from Clerk, where a pass would stop by itself
  --help               shows this

Clerk and the database are those of CLERK_SECRET_KEY and DATABASE_URL: in the environment, else in .dev.vars, else the
local stack's.`

/** A person is waiting: what does not pass in some seconds is reported rather than sat out. */
const ATTEMPTS = 3

async function run(args: string[]): Promise<number> {
  const { help, ...asked } = readArguments(args)
  if (help) {
    console.log(USAGE)
    return 0
  }
  const { config, source } = await readEnvironment(process.env, path.join(import.meta.dirname, '..'), [
    'DATABASE_URL',
    'CLERK_SECRET_KEY',
  ])
  const progress = new Progress(process.stdout)
  progress.say(`  Clerk and database of ${source}`)
  const startedAt = Date.now()
  const plan: Plan = { ...asked, id: crypto.randomUUID(), trigger: 'cli', startedAt }
  try {
    const report = await workingOn(source, () => reconcile(stepsOf(progress), config, plan))
    progress.clear()
    console.log(summary(report, { dryRun: plan.dryRun, seconds: (Date.now() - startedAt) / 1000 }))
    return report.status === 'complete' ? 0 : 1
  } finally {
    progress.clear()
  }
}

const readArguments = (args: string[]) =>
  understand(USAGE, () => {
    const { values } = parseArgs({
      args,
      options: {
        'dry-run': { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
        'allow-deletions': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const allowed = values['allow-deletions']
    if (allowed !== undefined && !/^\d{1,9}$/.test(allowed))
      throw new TypeError('--allow-deletions takes a number of users')
    return {
      dryRun: values['dry-run'],
      full: values.full,
      help: values.help,
      ...(allowed !== undefined && { mostDeletions: Number(allowed) }),
    }
  })

/** Each step until it succeeds; nothing is remembered, because a run that was ended is simply started again. */
const stepsOf = (progress: Progress): Steps => ({
  async do(_name, work) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work()
      } catch (error) {
        const seconds = error instanceof Problem ? error.retryAfterSeconds : undefined
        const isAskedToWait = pauseOf(error) > 0
        if (seconds === undefined || (attempt >= ATTEMPTS && !isAskedToWait)) throw error
        progress.say(`  ${explain(error)}: again in ${seconds} s`)
        await sleep(seconds * 1000)
      }
    }
  },
  async pause(_name, seconds) {
    progress.say(`  Clerk asks for a pause of ${Math.ceil(seconds)} s`)
    await sleep(seconds * 1000)
  },
  report: (counts, clerkCount) => progress.show(counts.listed ?? 0, clerkCount),
})

await runCommand(run)
