/** `npm run dev` and `npm run services`: the local stack, from nothing to its addresses, and its end. */
import { existsSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { startApp } from './app.ts'
import { readArguments, USAGE } from './arguments.ts'
import { banner } from './banner.ts'
import { inWords } from './command-line.ts'
import { claimFolder } from './folder.ts'
import type { Leashed } from './leashed.ts'
import { requireFreePorts } from './ports.ts'
import { Progress } from './progress.ts'
import { startServices } from './services.ts'
import { readSettings, type Settings, workerBindings } from './settings.ts'
import { Stoppers } from './stoppers.ts'
import { Trouble } from './trouble.ts'

/** npm passes on the Ctrl-C that the terminal has already sent: only a later one is a second. */
const SAME_PRESS_MS = 500

/** How long what a killed run had started may take to end. */
const ABANDONED_GRACE_MS = 10_000

/** Somebody who kills npm with SIGKILL waits for no more than this. */
const ORPHAN_CHECK_MS = 1_000

const ROOT = path.join(import.meta.dirname, '..')

async function run(args: string[]): Promise<number> {
  const { servicesOnly, reset, help } = readArguments(args)
  if (help) {
    console.log(USAGE)
    return 0
  }
  const asked = askedToStop()
  const settings = readSettings(process.env)
  const folder = await claimFolder(settings.DEV_DATA_DIR)
  process.once('exit', folder.release)
  const ports = ['POSTGRES_PORT', 'NEON_PORT', 'CLERK_PORT', 'ASSISTANT_PORT'] as const
  await requireFreePorts(
    settings,
    servicesOnly ? [...ports] : [...ports, 'APP_PORT'],
    folder.abandoned ? ABANDONED_GRACE_MS : 0,
  )
  if (reset) await folder.reset()

  const progress = new Progress()
  const stoppers = new Stoppers()
  const begun = performance.now()
  const up = async () => {
    const services = await startServices(settings, folder, progress, stoppers)
    const watched = { PostgreSQL: services.postgres.ended }
    if (servicesOnly) return { services, watched, app: undefined, hint: await prepareWrangler(settings) }
    const app = await stoppers.keep(() =>
      startApp(settings, {
        folder,
        clerkPublicKey: services.clerk.publicKeyPem,
        demoAdminId: services.clerk.demoAdminId,
        onLine: (line) => progress.line(line),
      }),
    )
    await progress.step('App (wrangler dev)', () => app.ready)
    return { services, watched: { ...watched, 'wrangler dev': app.ended }, app, hint: undefined }
  }
  try {
    const started = await Promise.race([up(), asked])
    if (started === 'stop') return 0
    console.log(banner(settings, { ...started, seconds: (performance.now() - begun) / 1000 }))
    if (started.hint) console.log(started.hint)
    const ended = await Promise.race([asked, ...Object.entries(started.watched).map(endOf)])
    if (ended === 'stop') return 0
    throw new Trouble(`${ended} ended by itself; everything else is stopped, too`)
  } finally {
    await stoppers.stopAll()
  }
}

const endOf = async ([name, ended]: [string, Leashed['ended']]) => {
  await ended
  return name
}

/** Ctrl-C, a closed terminal, `kill`, or the death of the npm that started us: the first asks, the second does not wait. */
function askedToStop(): Promise<'stop'> {
  const { promise, resolve } = Promise.withResolvers<'stop'>()
  let first: number | undefined
  const onSignal = () => {
    first ??= performance.now()
    if (performance.now() - first > SAME_PRESS_MS) process.exit(130)
    resolve('stop')
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  if (process.env.npm_lifecycle_event) {
    const before = forebears()
    setInterval(() => forebears() !== before && resolve('stop'), ORPHAN_CHECK_MS).unref()
  }
  return promise
}

/** The shell that npm has started us through, and npm, where the system says who that is. */
function forebears(): string {
  let npm: string | undefined
  try {
    npm = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${process.ppid}/status`, 'utf8'))?.[1]
  } catch {
    // Not Linux, or the shell is gone.
  }
  return `${process.ppid} ${npm}`
}

/** Lets `npx wrangler dev` find the stand-ins, unless somebody has already said what it should find. */
async function prepareWrangler(settings: Settings): Promise<string> {
  const file = path.join(ROOT, '.dev.vars')
  if (existsSync(file)) return '  `npx wrangler dev` works now, with your .dev.vars.\n'
  const bindings = workerBindings(settings)
  const example = await readFile(path.join(ROOT, '.dev.vars.example'), 'utf8')
  await writeFile(
    file,
    example.replace(/^(\w+)=.*$/gm, (line, name: string) =>
      bindings[name] ? `${name}=${bindings[name]}` : line,
    ),
    { mode: 0o600 },
  )
  return '  .dev.vars has been made from .dev.vars.example: `npx wrangler dev` works now.\n'
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  console.error(inWords(error))
  process.exitCode = 1
}
process.exit()
