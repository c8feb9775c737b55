/** What `npm run dev` refuses to start on, as a person reads it: one clear line, code 1, nothing touched. */
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Images } from '../../dev/clerk/images.ts'
import { Store } from '../../dev/clerk/store.ts'
import { claimFolder } from '../../dev/folder.ts'
import { freePort } from '../../dev/ports.ts'
import { eventually } from './neon.ts'

const MAIN = path.join(import.meta.dirname, '../../dev/main.ts')

/** The first bytes of a GIF: no more is looked at. */
const PICTURE = 'GIF89a'

let folder: string
let ports: {
  APP_PORT: string
  CLERK_PORT: string
  NEON_PORT: string
  POSTGRES_PORT: string
  ASSISTANT_PORT: string
}
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'swarai-command-'))
  const free = new Set<number>()
  while (free.size < 5) free.add(await freePort())
  const [app, clerk, neon, postgres, assistant] = [...free].map(String)
  ports = {
    APP_PORT: `${app}`,
    CLERK_PORT: `${clerk}`,
    NEON_PORT: `${neon}`,
    POSTGRES_PORT: `${postgres}`,
    ASSISTANT_PORT: `${assistant}`,
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const dev = (args: string[] = [], env: Record<string, string> = {}) =>
  execa(process.execPath, [MAIN, ...args], {
    env: { ...ports, DEV_DATA_DIR: path.join(folder, 'state'), ...env },
    reject: false,
  })

const occupied = async (port: string) => {
  const server = createServer().listen(Number(port), '127.0.0.1')
  await once(server, 'listening')
  return server
}

test('every taken port is one line that names it and its variable', async () => {
  const servers = await Promise.all(Object.values(ports).map(occupied))
  const { exitCode, stdout, stderr } = await dev()
  for (const server of servers) server.close()
  expect(exitCode).toBe(1)
  expect(stdout).toBe('')
  const line = (variable: string, port: string) =>
    new RegExp(
      `^Port ${port} is taken( by .+ \\(process \\d+\\))?: end that, or set ${variable} to another port$`,
      'm',
    )
  for (const [variable, port] of Object.entries(ports)) expect(stderr).toMatch(line(variable, port))
  expect(stderr.split('\n')).toHaveLength(5)
  expect(await readdir(path.join(folder, 'state'))).toEqual([])
})

test('two variables with one port are told apart', async () => {
  const { exitCode, stderr } = await dev([], { NEON_PORT: ports.CLERK_PORT })
  expect(exitCode).toBe(1)
  expect(stderr).toBe(
    `Port ${ports.CLERK_PORT} is asked for twice: set NEON_PORT and CLERK_PORT to different ones`,
  )
})

test.each(['0', 'http'])('the port %s is none', async (value) => {
  const { exitCode, stderr } = await dev([], { NEON_PORT: value })
  expect(exitCode).toBe(1)
  expect(stderr).toBe('NEON_PORT must be a port, a number from 1 to 65535')
})

test.each(['--rest', 'production'])(
  'the argument %s is not understood, and the usage says what is',
  async (argument) => {
    const { exitCode, stderr } = await dev([argument])
    expect(exitCode).toBe(1)
    expect(stderr.split('\n')[0]).toContain(argument)
    expect(stderr).toContain('--reset')
  },
)

test('--help says what there is and starts nothing', async () => {
  const { exitCode, stdout } = await dev(['--help'])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('--reset')
})

test('a folder that cannot be one is named with its variable', async () => {
  const file = path.join(folder, 'file')
  await writeFile(file, '')
  const { exitCode, stderr } = await dev([], { DEV_DATA_DIR: file })
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(new RegExp(`^Nothing can be written to ${file} .*DEV_DATA_DIR.*$`))
})

test('a second run in one folder is told of the first, and resets nothing under its feet', async () => {
  const state = path.join(folder, 'shared')
  await mkdir(path.join(state, 'postgres'), { recursive: true })
  // What a killed run leaves makes the next one wait for the ports, holding the folder meanwhile.
  await writeFile(path.join(state, 'running.pid'), `${2 ** 22 + 1}\n`)
  const server = await occupied(ports.NEON_PORT)
  const first = dev([], { DEV_DATA_DIR: state })
  await eventually(async () => (await readFile(path.join(state, 'running.pid'), 'utf8')) === `${first.pid}\n`)
  const second = await dev(['--reset'], { DEV_DATA_DIR: state })
  expect(second.exitCode).toBe(1)
  expect(second.stderr).toMatch(
    new RegExp(`^The local stack already runs in ${state} \\(process ${first.pid}\\).*$`),
  )
  expect(await readdir(state)).toContain('postgres')
  first.kill('SIGKILL')
  await first
  server.close()
})

test('a reset forgets what the stack keeps and nothing else in the folder', async () => {
  const state = path.join(folder, 'reset')
  const claimed = await claimFolder(state)
  const store = await Store.open(claimed.clerk)
  await new Images(store, () => '').save(new Blob([PICTURE]), Date.now())
  store.changed()
  await store.settled()
  for (const directory of ['postgres', 'postgres.unfinished']) await mkdir(path.join(state, directory))
  for (const file of ['clerk.json.draft', 'worker.env', 'thesis.txt'])
    await writeFile(path.join(state, file), '')
  expect(await readdir(state)).toContain('clerk-images')
  await claimed.reset()
  claimed.release()
  expect(await readdir(state)).toEqual(['thesis.txt'])
})
