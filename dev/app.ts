/** The app itself on the stand-ins: `wrangler dev`, with its chatter left out. */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { parseEnv } from 'node:util'
import type { Folder } from './folder.ts'
import { type Leashed, startLeashed } from './leashed.ts'
import { ASSISTANT_MODEL, type Settings, workerBindings } from './settings.ts'
import { Trouble } from './trouble.ts'

const ROOT = path.join(import.meta.dirname, '..')
const WRANGLER = path.join(
  path.dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
  'bin/wrangler.js',
)

type Variables = Record<string, string | undefined>

/** Wrangler takes about two seconds to end; whatever it started is killed after this. */
const SHUTDOWN_GRACE_MS = 8_000

/** What wrangler says about itself when all is well. Anything else is the developer's to see. */
const CHATTER = [
  /^\s*(\[custom build\])?\s*$/,
  /^\[custom build\] (Running: |npm warn |> |vite v|transforming|rendering|computing|✓ |dist\/)/,
  /^\[wrangler:info\] (✨ Parsed|Ready on |[A-Z]+ \S+ \d{3} )/,
  /^(Using secrets defined in|Your Worker has access to|Binding +Resource|env\.\w+ |⎔ Starting|⎔ Shutting down|🪵)/,
  // What is said of cron triggers, in four lines: here nobody waits for the clock.
  /Scheduled Workers are not automatically triggered|^\s*To manually trigger a scheduled event/,
  /^\s*curl ".*\/cdn-cgi\/local\/scheduled|cron-triggers\/#test-cron-triggers-locally/,
]

/** After a failed build wrangler prints its own insides, indented, from this line to its next message. */
const DUMP = 'Process exited with non-zero status'

function chatterFilter(): (line: string) => boolean {
  let inDump = false
  return (line) => {
    if (line.includes('✘')) inDump = line.includes(DUMP)
    // What the build itself has said comes in between, not indented.
    return (inDump && /^\s|✘/.test(line)) || CHATTER.some((pattern) => pattern.test(line))
  }
}

/** @throws {Trouble} out of `ready`, when wrangler ends before the app answers; what it said has been passed on by then. */
export async function startApp(
  settings: Settings,
  {
    folder,
    clerkPublicKey,
    demoAdminId,
    onLine,
  }: {
    folder: Folder
    clerkPublicKey: string
    demoAdminId: string | undefined
    onLine: (line: string) => void
  },
): Promise<Leashed & { ready: Promise<void>; own: Own }> {
  // With --env-file wrangler does not read .dev.vars by itself. Ours comes last and wins.
  const own = path.join(ROOT, '.dev.vars')
  const ownText = existsSync(own) ? await readFile(own, 'utf8') : undefined
  const ownVariables = parseEnv(ownText ?? '')
  const bindings = appBindings(settings, ownVariables, { clerkPublicKey, demoAdminId })
  await writeFile(folder.workerEnv, environmentFile(bindings), { mode: 0o600 })
  const environmentFiles = [...(ownText === undefined ? [] : [own]), folder.workerEnv]
  const ready = Promise.withResolvers<void>()
  const isChatter = chatterFilter()
  const app = startLeashed({
    command: process.execPath,
    args: [
      WRANGLER,
      'dev',
      '--ip=127.0.0.1',
      `--port=${settings.APP_PORT}`,
      `--persist-to=${folder.wrangler}`,
      '--show-interactive-dev-session=false',
      ...environmentFiles.map((file) => `--env-file=${file}`),
    ],
    cwd: ROOT,
    env: {
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
    stopSignal: 'SIGTERM',
    graceMs: SHUTDOWN_GRACE_MS,
    onLine(line) {
      if (line.includes('Ready on ')) ready.resolve()
      if (!isChatter(line)) onLine(line)
    },
  })
  const endedEarly = app.ended.then(({ code }) => {
    throw new Trouble(`wrangler dev ended by itself (code ${code})`)
  })
  return { ...app, ready: Promise.race([ready.promise, endedEarly]), own: ownOf(ownVariables) }
}

/** A model that somebody would rather hear than the stand-in. Of its address no more than the host: keys have been found in paths. */
export type OwnModel = { name: string; host: string | undefined }

/** What the app takes from a person's own `.dev.vars`. */
export type Own = { model: OwnModel | undefined; admins: boolean }

export const ownOf = (own: Variables): Own => ({
  model: ownModelOf(own),
  admins: own.ADMIN_USER_IDS !== undefined,
})

function ownModelOf({ AI_MODEL, AI_BASE_URL = '' }: Variables): OwnModel | undefined {
  if (AI_MODEL === undefined || AI_MODEL === ASSISTANT_MODEL) return undefined
  return { name: AI_MODEL, host: URL.parse(AI_BASE_URL)?.host }
}

/** What the app is given on top of a person's own `.dev.vars`: whatever is in here wins. */
export function appBindings(
  settings: Settings,
  own: Variables,
  { clerkPublicKey, demoAdminId }: { clerkPublicKey: string; demoAdminId: string | undefined },
): Record<string, string> {
  const { model, admins } = ownOf(own)
  const { AI_BASE_URL = '', AI_API_KEY = '', AI_MODEL = '', ...stack } = workerBindings(settings)
  return {
    ...stack,
    CLERK_JWT_KEY: clerkPublicKey,
    // A model of one's own is taken as it is, with its own address and with a key or without.
    ...(!model && { AI_BASE_URL, AI_API_KEY, AI_MODEL }),
    ...(demoAdminId && !admins && { ADMIN_USER_IDS: demoAdminId }),
  }
}

/** Quoted, because a key has several lines; no value of ours has a quotation mark in it. */
const environmentFile = (bindings: Record<string, string>) =>
  Object.entries(bindings)
    .map(([name, value]) => `${name}="${value.trim()}"\n`)
    .join('')
