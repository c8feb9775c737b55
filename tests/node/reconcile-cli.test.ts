/** `npm run reconcile`, as a person runs it. */
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { progressLine } from '../../cli/progress.ts'
import { expected, openWorld, users, type World } from './reconcile.ts'

const ROOT = path.join(import.meta.dirname, '../..')

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.empty())

const reconcile = (args: string[] = [], env: Record<string, string> = {}) =>
  execa('node', ['cli/reconcile.ts', ...args], {
    cwd: ROOT,
    reject: false,
    preferLocal: true,
    env: { ...world.settings, ...env },
  })

test('it fills an empty database, and says what it has done', async () => {
  world.clerk.put(...users(1_234))
  const { exitCode, stdout } = await reconcile()
  expect(stdout).toMatch(/Done: everybody was compared/)
  expect(stdout).toMatch(/users in Clerk +1,234\n +users with us, before +0\n +created +1,234\n/)
  expect(exitCode).toBe(0)
  expect(await world.sandbox.state()).toEqual(expected(world.clerk))
  const again = await reconcile()
  expect(again.stdout).toMatch(/Done: the counts tell nothing new/)
  expect((await reconcile(['--full'])).stdout).toMatch(/everybody was compared[\s\S]*unchanged +1,234/)
})

test('keys of the environment are not measured by the local stack’s instance', async () => {
  world.clerk.put(...users(3))
  const { exitCode, stdout } = await reconcile([], { CLERK_INSTANCE_ID: '' })
  expect(stdout).toMatch(/Done: /)
  expect(exitCode).toBe(0)
  const other = await reconcile([], { CLERK_INSTANCE_ID: 'ins_Another' })
  expect(other.stdout).toMatch(
    /Stopped: CLERK_SECRET_KEY opens ins_Lists, and CLERK_INSTANCE_ID is ins_Another/,
  )
  expect(other.exitCode).toBe(1)
})

test('a dry run says what differs and changes nothing', async () => {
  world.clerk.put(...users(12))
  const { exitCode, stdout } = await reconcile(['--dry-run'])
  expect(stdout).toMatch(/Dry run: [\s\S]*missing with us +12\n/)
  expect(exitCode).toBe(0)
  expect(await world.sandbox.state()).toEqual({})
})

test('a pass that stops ends with 1 and says why, and a person may allow it', async () => {
  world.clerk.put(...users(100))
  await reconcile()
  const gone = users(20).map(({ id }) => id)
  world.clerk.delete(...gone)
  const stopped = await reconcile()
  expect(stopped.stdout).toContain('Stopped: At least 20 of our users are not in Clerk')
  expect(stopped.exitCode).toBe(1)
  const allowed = await reconcile(['--allow-deletions', '20'])
  expect(allowed.stdout).toMatch(/deleted +20\n/)
  expect(allowed.exitCode).toBe(0)
  expect(await world.sandbox.state()).toEqual(expected(world.clerk, gone))
})

test.each([
  [
    'a database that does not answer',
    { NEON_FETCH_ENDPOINT: 'http://127.0.0.1:1/sql' },
    /database cannot be reached/,
  ],
  ['a key that Clerk refuses', {}, /not set up correctly \(CLERK_SECRET_KEY, 401\)/],
  [
    'a connection string that is none',
    { DATABASE_URL: 'mysql://secret' },
    /^DATABASE_URL is not what it should be/,
  ],
  [
    'only one of the two secrets',
    { CLERK_SECRET_KEY: '' },
    /^CLERK_SECRET_KEY is not set in the environment, where DATABASE_URL is: set both, or neither$/,
  ],
])('%s is one clear line', async (name, env, line) => {
  if (name.includes('refuses')) world.clerk.misbehave(() => ({ status: 401, body: '{}' }))
  const { exitCode, stderr } = await reconcile([], env)
  expect(stderr).toMatch(line)
  expect(stderr.split('\n')).toHaveLength(1)
  expect(stderr).not.toMatch(/secret@|neon:neon|mysql:/)
  expect(exitCode).toBe(1)
})

test('what it does not understand it names, with its usage', async () => {
  const { exitCode, stderr } = await reconcile(['--everything'])
  expect(stderr).toMatch(/^Unknown option '--everything'\n\nUsage: /)
  expect(exitCode).toBe(1)
  expect((await reconcile(['--allow-deletions', 'many'])).stderr).toMatch(/takes a number/)
})

test('the bar tells share, rate and what remains', () => {
  expect(progressLine(250, 1_000, 10)).toBe(
    '  ███████░░░░░░░░░░░░░░░░░░░░░  25 %  250 of 1,000 users  25/s  0:30 left',
  )
  expect(progressLine(0, 0, 1)).toContain('100 %')
  expect(progressLine(1, 120, 1)).toMatch(/1:59 left$/)
})
