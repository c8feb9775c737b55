/** `npm run doctor`, as a person runs it, on the stand-ins and a real PostgreSQL. */
import { generateKeyPairSync } from 'node:crypto'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AssistantStandIn, startAssistant } from '../../dev/assistant/index.ts'
import { type ClerkStandIn, startClerk } from '../../dev/clerk/index.ts'
import { readSettings, workerBindings } from '../../dev/settings.ts'
import { readConfig } from '../../worker/env.ts'
import { reconcile } from '../../worker/reconcile/reconcile.ts'
import { patientSteps } from './reconcile.ts'
import { openSandbox, type Sandbox } from './rule.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const NOBODY = 'http://127.0.0.1:1'

type Env = Record<string, string | undefined>

let sandbox: Sandbox
let clerk: ClerkStandIn
let stranger: ClerkStandIn
let assistant: AssistantStandIn
let healthy: Env

beforeAll(async () => {
  ;[sandbox, clerk, stranger, assistant] = await Promise.all([
    openSandbox(),
    startClerk({ port: 0, seed: true }),
    startClerk({ port: 0 }),
    startAssistant({ port: 0 }),
  ])
  healthy = {
    ...workerBindings(readSettings({})),
    ...sandbox.settings,
    CLERK_API_URL: clerk.url,
    CLERK_FAPI_URL: clerk.url,
    CLERK_JWT_KEY: clerk.publicKeyPem,
    AI_BASE_URL: assistant.url,
    ADMIN_USER_IDS: 'user_ada',
  }
  const plan = { id: 'pass', trigger: 'cli', dryRun: false, full: true, startedAt: Date.now() } as const
  await reconcile(patientSteps(), readConfig(healthy), plan)
})
afterAll(() => Promise.all([sandbox.close(), clerk.stop(), stranger.stop(), assistant.stop()]))

/** Whatever else comes out, no secret does. */
async function doctor(changes: Env = {}, args: string[] = []) {
  const env = { ...healthy, ...changes }
  const { exitCode, stdout, stderr } = await execa('node', ['cli/doctor.ts', ...args], {
    cwd: ROOT,
    reject: false,
    preferLocal: true,
    env,
  })
  const password = /:([^:@]+)@/.exec(env.DATABASE_URL ?? '')?.[1]
  const webhooks = env.CLERK_WEBHOOK_SIGNING_SECRET?.split(',') ?? []
  const secrets = [...webhooks, env.CLERK_SECRET_KEY, env.AI_API_KEY, env.DATABASE_URL]
  for (const secret of [...secrets, `:${password}@`])
    if (secret) expect(stdout + stderr).not.toContain(secret)
  return { exitCode, stdout, stderr }
}

/** What is said of a name, in one line: its sign, what was found, and how to mend it. */
const said = (stdout: string, name: string) =>
  new RegExp(`^  . (\\w+) +${name}  +(.*(?:\\n +→ .*)?)`, 'm').exec(stdout)?.slice(1).join(' ')

/** The names of all that is not ok. */
const amiss = (stdout: string) =>
  [...stdout.matchAll(/^ {2}[!✗] (\w+) +(.+?) {2,}/gm)].map(([, state, name]) => `${state} ${name}`)

test('where all is well, it says so line by line and ends with 0', async () => {
  const { exitCode, stdout } = await doctor()
  expect(amiss(stdout)).toEqual([])
  expect(stdout).toMatch(
    /^ {2}Settings of the environment\n\n {2}✓ ok {4}variables {2,}14 set, all in good form\n/,
  )
  expect(said(stdout, 'secret key')).toBe(`ok ${clerk.url} takes it, and counts 2 users`)
  expect(said(stdout, 'publishable key')).toBe('ok clerk.standin.localhost is the secret key’s instance')
  expect(said(stdout, 'drift')).toMatch(/^ok 2 users in Clerk, 2 with us; last pass \d+ minutes? ago$/)
  expect(stdout).toMatch(/\n {2}All is well$/)
  expect(exitCode).toBe(0)
})

test('what is only lost or unknown is a warning with its cure, and ends with 0', async () => {
  const { exitCode, stdout } = await doctor({
    CLERK_JWT_KEY: '',
    CLERK_FAPI_URL: NOBODY,
    CLERK_AUTHORIZED_PARTIES: 'http://localhost:1,http://localhost:1',
    CLERK_INSTANCE_ID: '',
    AI_BASE_URL: '',
    AI_MODEL: '',
    ADMIN_USER_IDS: '',
  })
  expect(amiss(stdout)).toEqual([
    'warn JWT key',
    'warn publishable key',
    'warn authorized parties',
    'warn instance id',
    'warn assistant',
    'warn admins',
  ])
  expect(said(stdout, 'JWT key')).toMatch(/while Clerk is down[^\n]*\n +→ Set it: /)
  expect(stdout).toMatch(/\n {2}It works, with 6 to look at$/)
  expect(exitCode).toBe(0)
})

const pem = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString()

test.each<[string, () => Env, string[], RegExp[]]>([
  [
    'a secret key that Clerk refuses',
    () => ({ CLERK_SECRET_KEY: 'sk_test_wrong_one' }),
    ['bad secret key', 'warn JWT key', 'warn publishable key', 'warn instance id', 'warn drift'],
    [/refuses it \(401\)\n +→ Copy it anew/],
  ],
  [
    'a production key beside everything of a local stack',
    () => ({ CLERK_PUBLISHABLE_KEY: `pk_live_${btoa('clerk.example.com$')}` }),
    ['bad publishable key', 'bad authorized parties', 'bad webhook secret', 'bad instance id'],
    [
      /pk_live_…, and the secret key is not sk_live_…\n +→ Take both/,
      /Not https, with a production key: http:\/\/localhost/,
      /the local stack’s, which everybody knows/,
      /CLERK_INSTANCE_ID is no instance’s/,
    ],
  ],
  [
    'a development instance’s keys, and the rest copied from .dev.vars.example',
    () => ({ CLERK_PUBLISHABLE_KEY: `pk_test_${btoa('clerk.example.com$')}` }),
    ['bad webhook secret', 'bad instance id'],
    [
      /the local stack’s, which everybody knows[^\n]*\n +→ Set your own/,
      /CLERK_INSTANCE_ID is no instance’s/,
    ],
  ],
  [
    'a JWT key and a publishable key of other instances',
    () => ({ CLERK_JWT_KEY: pem().replaceAll('\n', '\\n'), CLERK_FAPI_URL: stranger.url }),
    ['bad JWT key', 'bad publishable key'],
    [
      /everybody is refused with 401\n +→ Set the instance’s own PEM/,
      /is another instance than the secret key’s[^\n]*\n +→ Take both keys/,
    ],
  ],
  [
    'the instance id of another instance',
    () => ({ CLERK_INSTANCE_ID: 'ins_Another' }),
    ['bad instance id'],
    [/is ins_Another, and CLERK_SECRET_KEY opens ins_LocalStandIn[^\n]*every pass stops\n +→ Set the one/],
  ],
  [
    'neither a webhook secret nor an address for the model',
    () => ({ CLERK_WEBHOOK_SIGNING_SECRET: '', AI_BASE_URL: '' }),
    ['bad webhook secret', 'bad assistant'],
    [/not set: every webhook is answered 503/, /AI_BASE_URL is not set: no message is answered/],
  ],
  [
    'a second webhook secret that is too short, and a database that does not answer',
    () => ({
      CLERK_WEBHOOK_SIGNING_SECRET: `${healthy.CLERK_WEBHOOK_SIGNING_SECRET},whsec_c2hvcnQ=`,
      NEON_FETCH_ENDPOINT: `${NOBODY}/sql`,
    }),
    ['bad webhook secret', 'bad database', 'warn migrations', 'warn drift'],
    [/number 2, is malformed/, /database cannot be reached[^\n]*\n +→ Look at DATABASE_URL/],
  ],
])(
  '%s: it is bad, the other checks are made all the same, and it ends with 1',
  async (_case, env, names, lines) => {
    const { exitCode, stdout } = await doctor(env())
    expect(amiss(stdout)).toEqual(names)
    for (const line of lines) expect(stdout).toMatch(line)
    expect(exitCode).toBe(1)
  },
)

test('a malformed variable is named with the form it should have, its value is not, and all else is looked at', async () => {
  const { exitCode, stdout, stderr } = await doctor({
    DATABASE_URL: 'mysql://root:hunter2@db/app',
    CLERK_AUTHORIZED_PARTIES: '',
    QUOTA_FREE: 'plenty',
  })
  expect(amiss(stdout)).toEqual([
    'bad variables',
    'bad variables',
    'bad variables',
    'warn authorized parties',
    'warn database',
    'warn migrations',
    'warn drift',
  ])
  expect(stdout).toMatch(/CLERK_AUTHORIZED_PARTIES is missing\n +→ It should be origins/)
  expect(stdout).toMatch(/DATABASE_URL is malformed\n +→ It should be postgresql:\/\/USER:/)
  expect(said(stdout, 'database')).toMatch(/^warn Not looked at: it needs DATABASE_URL/)
  expect(stdout + stderr).not.toMatch(/hunter2|mysql|plenty/)
  expect(exitCode).toBe(1)
})

test('--help says what there is, and what is not understood is named', async () => {
  const [help, unknown] = await Promise.all([doctor({}, ['--help']), doctor({}, ['--everything'])])
  expect(help.stdout).toMatch(/^Usage: npm run doctor\n/)
  expect(unknown.stderr).toMatch(/^Unknown option '--everything'\n\nUsage: /)
  expect(unknown.stdout).toBe('')
  expect([help.exitCode, unknown.exitCode]).toEqual([0, 1])
})

test('whoever has read enough of it through a pipe is shown no fault', async () => {
  const run = execa('node', ['cli/doctor.ts'], { cwd: ROOT, reject: false, preferLocal: true, env: healthy })
  run.stdout.destroy()
  expect((await run).stderr).toBe('')
})

// From here on the servers are changed, by one test after the other.
test('a model’s endpoint that refuses the key is bad', async () => {
  assistant.faults.arm({
    times: 1,
    match: { path: '/v1/models' },
    act: { kind: 'respond', status: 401, body: '{}' },
  })
  const { exitCode, stdout } = await doctor()
  expect(amiss(stdout)).toEqual(['bad assistant'])
  expect(said(stdout, 'assistant')).toMatch(/refuses AI_API_KEY \(401\)/)
  expect(exitCode).toBe(1)
})

test('a migration that the database lacks is bad, one that we do not know a warning', async () => {
  const table = 'drizzle.__drizzle_migrations'
  const newest = `created_at = (select max(created_at) from ${table})`
  const { rows } = await sandbox.pool.query(`delete from ${table} where ${newest} returning hash, created_at`)
  const behind = await doctor()
  expect(said(behind.stdout, 'migrations')).toMatch(/^bad Not applied: \d{4}_\w+\n +→ npm run db:migrate/)
  expect(amiss(behind.stdout)).toEqual(['bad migrations'])
  expect(behind.exitCode).toBe(1)

  const put = `insert into ${table} (hash, created_at) values ($1, $2)`
  await sandbox.pool.query(put, [rows[0].hash, rows[0].created_at])
  await sandbox.pool.query(put, ['later', String(Number(rows[0].created_at) + 1)])
  const ahead = await doctor()
  expect(said(ahead.stdout, 'migrations')).toMatch(/^warn The database is ahead by 1 /)
  expect(ahead.exitCode).toBe(0)
  await sandbox.pool.query(`delete from ${table} where hash = 'later'`)
})

test('a database that no migration has reached is told in one line', async () => {
  await sandbox.pool.query('alter schema drizzle rename to elsewhere')
  try {
    const { exitCode, stdout } = await doctor()
    expect(said(stdout, 'migrations')).toMatch(/^bad Not applied: none of them is\n/)
    expect(exitCode).toBe(1)
  } finally {
    await sandbox.pool.query('alter schema elsewhere rename to drizzle')
  }
})

// The last: nobody brings them back.
test('users whom we lack are told, with the command that names them', async () => {
  await sandbox.pool.query('truncate users, sync_state, reconcile_runs cascade')
  const { exitCode, stdout } = await doctor()
  expect(said(stdout, 'drift')).toMatch(
    /^warn 2 users in Clerk, 0 with us; no pass has ever been through\n +→ npm run reconcile -- --dry-run/,
  )
  expect(amiss(stdout)).toEqual(['warn drift'])
  expect(exitCode).toBe(0)
})
