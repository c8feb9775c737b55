/** The settings that a newcomer copies are the ones that the local stack runs on. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { readVariables } from '../../cli/settings.ts'
import { appBindings, type Own, ownOf } from '../../dev/app.ts'
import { banner } from '../../dev/banner.ts'
import { migrationsUrl, readSettings, workerBindings } from '../../dev/settings.ts'
import { Trouble } from '../../dev/trouble.ts'
import { RECONCILE_CRON } from '../../worker/clock.ts'
import { readConfig } from '../../worker/env.ts'

/** What runs, as far as the start tells of it. */
const SERVICES = {
  postgres: { url: 'postgres://…' },
  neon: { url: 'http://127.0.0.1:8791/sql' },
  clerk: {
    url: 'http://127.0.0.1:8790',
    demoUsers: [{ email: 'ada@example.com', password: 'analytical-engine' }],
    demoAdminId: 'user_ada',
  },
  assistant: { url: 'http://127.0.0.1:8793/v1' },
}

const EXAMPLE = path.join(import.meta.dirname, '../../.dev.vars.example')

test('.dev.vars.example holds the local stack’s values', async () => {
  expect(parseEnv(await readFile(EXAMPLE, 'utf8'))).toEqual(workerBindings(readSettings({})))
})

test('every setting that the Worker reads is explained in .dev.vars.example', async () => {
  const example = await readFile(EXAMPLE, 'utf8')
  const source = await readFile(path.join(import.meta.dirname, '../../worker/env.ts'), 'utf8')
  const [, schema = ''] = source.split('const schema = ')
  const variables = [...schema.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].flatMap(([, name]) => name ?? [])
  expect(variables).toContain('CLERK_JWT_KEY')
  for (const name of variables) expect(example).toMatch(new RegExp(`^(# )?${name}=`, 'm'))
})

test('the Worker accepts the local stack’s values', () => {
  const assets = {
    fetch: () => Promise.reject(new Error('unused')),
    connect: () => {
      throw new Error('unused')
    },
  }
  const config = readConfig({ ASSETS: assets, ...workerBindings(readSettings({})) })
  expect(config.CLERK_PUBLISHABLE_KEY.host).toBe('clerk.standin.localhost')
})

test('of one’s own .dev.vars the app takes the model and who is an admin, and all else from the local stack', () => {
  const demo = { clerkPublicKey: 'PEM', demoAdminId: 'user_ada' }
  const stack = { ...workerBindings(readSettings({})), CLERK_JWT_KEY: 'PEM' }
  expect(appBindings(readSettings({}), {}, demo)).toEqual({ ...stack, ADMIN_USER_IDS: 'user_ada' })

  const copied = { ...workerBindings(readSettings({})), DATABASE_URL: 'postgres://other' }
  expect(appBindings(readSettings({}), copied, demo)).toEqual({ ...stack, ADMIN_USER_IDS: 'user_ada' })

  const rest = Object.fromEntries(Object.entries(stack).filter(([name]) => !name.startsWith('AI_')))
  const own = { AI_BASE_URL: 'http://127.0.0.1:11434/v1', AI_MODEL: 'llama3.2', ADMIN_USER_IDS: 'user_me' }
  expect(appBindings(readSettings({}), own, demo)).toEqual(rest)
})

test.each([
  ['nothing of its own', {}, 'AI stand-in     http://127.0.0.1:8793/v1'],
  [
    'a model, a key in its address, and another key',
    {
      AI_MODEL: 'llama3.2',
      AI_BASE_URL: 'https://user:hunter2@models.example/hunter3/v1',
      AI_API_KEY: 'hunter4',
    },
    'AI model        llama3.2 at models.example, from your .dev.vars',
  ],
  [
    'a model without an address',
    { AI_MODEL: 'llama3.2' },
    'AI model        llama3.2, but your .dev.vars has no AI_BASE_URL',
  ],
  ['no model, by name', { AI_MODEL: '' }, 'AI model        none, as your .dev.vars says'],
])('where .dev.vars has %s, the start says whom the assistant’s words come from', (_case, own, line) => {
  const said = banner(readSettings({}), { services: SERVICES, app: { own: ownOf(own) }, seconds: 1 })
  expect(said.match(/^ {2}AI .*$/gm)).toEqual([`  ${line}`])
  expect(said).not.toContain('hunter')
})

test('the start calls the first demo user an admin only where that is so', () => {
  const said = (app?: { own: Own }) => banner(readSettings({}), { services: SERVICES, app, seconds: 1 })
  expect(said({ own: ownOf({}) })).toMatch(/ada@example\.com .*\(admin\)$/m)
  expect(said({ own: ownOf({ ADMIN_USER_IDS: 'user_me' }) })).not.toContain('(admin)')
  // With the services alone nobody has named any.
  expect(said()).not.toContain('(admin)')
})

test('a .dev.vars with the local stack’s values is the local stack; with another database it is itself', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'swarai-settings-'))
  const example = await readFile(EXAMPLE, 'utf8')
  const secrets: ('DATABASE_URL' | 'CLERK_SECRET_KEY')[] = ['DATABASE_URL', 'CLERK_SECRET_KEY']
  await writeFile(path.join(folder, '.dev.vars'), example)
  expect(await readVariables({}, folder, secrets)).toMatchObject({ source: 'the local stack' })
  await writeFile(path.join(folder, '.dev.vars'), example.replace('127.0.0.1:8792', 'db.example'))
  expect(await readVariables({}, folder, secrets)).toMatchObject({ source: '.dev.vars' })
  await rm(folder, { recursive: true })
})

test('a port that is none is named', () => {
  expect(() => readSettings({ NEON_PORT: '99999' })).toThrow(Trouble)
  expect(() => readSettings({ NEON_PORT: 'http' })).toThrow(/NEON_PORT/)
})

test('the clock rings at the time that the Worker knows', async () => {
  const toml = await readFile(path.join(import.meta.dirname, '../../wrangler.toml'), 'utf8')
  expect(/^crons = (.*)$/m.exec(toml)?.[1]).toBe(JSON.stringify([RECONCILE_CRON]))
})

test.each([
  ['the local database', {}, 'postgres://neon:neon@127.0.0.1:8792/neondb'],
  [
    'the local database on another port',
    { POSTGRES_PORT: '9792' },
    'postgres://neon:neon@127.0.0.1:9792/neondb',
  ],
  [
    'Neon’s direct address',
    { DATABASE_URL: 'postgres://u:p@ep-1-pooler.eu.neon.tech/db' },
    'postgres://u:p@ep-1.eu.neon.tech/db',
  ],
])('migrations go to %s', (_place, env, url) => {
  expect(migrationsUrl(env)).toBe(url)
})

test('migrations without a database are refused in one line that says what to start', async () => {
  const { exitCode, stdout, stderr } = await execa(process.execPath, ['dev/require-database.ts'], {
    cwd: path.join(import.meta.dirname, '../..'),
    env: { POSTGRES_PORT: '1', DATABASE_URL: '' },
    reject: false,
  })
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  expect(stderr).toMatch(/^The local database cannot be reached: .+ Start it with `npm run dev`, or [^\n]+$/)
})

test.each(['garbage', 'mysql://u:secret@host/db', 'postgres://host/db', "'postgres://u:secret@host/db'"])(
  'migrations of DATABASE_URL=%s are refused by its form, and its value is told to nobody',
  async (url) => {
    const { exitCode, stdout, stderr } = await execa(process.execPath, ['dev/require-database.ts'], {
      cwd: path.join(import.meta.dirname, '../..'),
      env: { DATABASE_URL: url },
      reject: false,
    })
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'DATABASE_URL is not what it should be: postgresql://USER:PASSWORD@HOST/DATABASE',
    })
  },
)
