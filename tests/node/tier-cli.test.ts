/** `npm run tier`, as a person runs it. */
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { workingOn } from '../../cli/command.ts'
import { Problem } from '../../worker/errors.ts'
import { applySnapshot } from '../../worker/users/store.ts'
import { openSandbox, removeUser, type Sandbox, snapshot } from './rule.ts'

const ROOT = path.join(import.meta.dirname, '../..')

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await openSandbox()
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await sandbox.pool.query('truncate users, sync_state cascade')
  await put('user_ada', 'ada@example.com')
})

const put = (id: string, email: string | null) =>
  applySnapshot(sandbox.settings, snapshot(id, 1, email), { source: 'login', seen: false })

/** Neither Clerk's key nor anything else of Clerk is set. */
const tier = (args: string[], env: Record<string, string> = {}) =>
  execa('node', ['cli/tier.ts', ...args], {
    cwd: ROOT,
    reject: false,
    preferLocal: true,
    env: { ...sandbox.settings, CLERK_SECRET_KEY: '', ...env },
  })

async function changes() {
  const { rows } = await sandbox.pool.query<{ text: string }>(
    `select concat_ws(' ', user_id, from_tier, to_tier, actor) as text from tier_changes order by id`,
  )
  return rows.map(({ text }) => text)
}

test('it says whose database it is, what it was and what it is now, and does nothing twice', async () => {
  const { exitCode, stdout } = await tier(['ada@example.com', 'PRO'])
  expect(stdout).toBe('  Database of the environment\n  ada@example.com: FREE → PRO')
  expect(exitCode).toBe(0)
  const again = await tier(['ada@example.com', 'PRO'])
  expect(again.stdout).toContain('  ada@example.com is PRO already')
  expect(again.exitCode).toBe(0)
  expect(await changes()).toEqual(['user_ada FREE PRO cli'])
})

test('an id is as good as an address, and neither need be written exactly so', async () => {
  expect((await tier(['user_ada', 'maxx'])).stdout).toContain('ada@example.com: FREE → MAXX')
  expect((await tier(['Ada@Example.com', 'Free'])).stdout).toContain('ada@example.com: MAXX → FREE')
  await put('user_silent', null)
  expect((await tier(['user_silent', 'PRO'])).stdout).toContain('user_silent: FREE → PRO')
})

test.each([
  ['an unknown id', ['user_nobody', 'PRO'], {}, /^There is no user user_nobody: never signed in, or deleted/],
  ['a deleted user’s id', ['user_gone', 'PRO'], {}, /^There is no user user_gone/],
  ['an unknown address', ['bob@example.com', 'PRO'], {}, /^Nobody has the address bob@example.com with us/],
  [
    'a database that does not answer',
    ['user_ada', 'PRO'],
    { NEON_FETCH_ENDPOINT: 'http://127.0.0.1:1/sql' },
    /database cannot be reached/,
  ],
  [
    'a connection string that is none',
    ['user_ada', 'PRO'],
    { DATABASE_URL: 'mysql://secret' },
    /^DATABASE_URL is not what it should be/,
  ],
])('%s is one clear line', async (_name, args, env, line) => {
  await put('user_gone', null)
  await removeUser(sandbox.settings, 'user_gone')
  const { exitCode, stderr } = await tier(args, env)
  expect(stderr).toMatch(line)
  expect(stderr.split('\n')).toHaveLength(1)
  expect(stderr).not.toMatch(/neon:neon|mysql:/)
  expect(exitCode).toBe(1)
  expect(await changes()).toEqual([])
})

test('where the local stack does not answer, it says how to start it; of any other place no more than is known', async () => {
  const down = () => Promise.reject(new Problem('database_unavailable'))
  await expect(workingOn('the local stack', down)).rejects.toThrow(
    /^The database cannot be reached just now: start the local stack with `npm run dev`/,
  )
  await expect(workingOn('.dev.vars', down)).rejects.toThrow(/^The database cannot be reached just now$/)
})

test.each([
  [['ada@example.com', 'GOLD'], /^GOLD is no tier: there are FREE, PRO, MAXX\n\nUsage: /],
  [['ada@example.com'], /^Two things are needed: who, and which tier\n\nUsage: /],
  [[], /^Two things are needed/],
  [['ada@example.com', 'PRO', 'MAXX'], /^Two things are needed/],
  [['--everybody', 'PRO'], /^Unknown option '--everybody'\n\nUsage: /],
])('%j is not understood, and the usage says what is', async (args, words) => {
  const { exitCode, stdout, stderr } = await tier(args)
  expect(stderr).toMatch(words)
  expect(stdout).toBe('')
  expect(exitCode).toBe(1)
})

test('--help says what there is and asks no database', async () => {
  const { exitCode, stdout } = await tier(['--help'], { NEON_FETCH_ENDPOINT: 'http://127.0.0.1:1/sql' })
  expect(stdout).toMatch(/^Usage: npm run tier -- /)
  expect(exitCode).toBe(0)
})
