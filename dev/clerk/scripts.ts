/**
 * clerk-js and Clerk's components, as the browser loads them: fetched once with npm, checked against the digests below,
 * and served from the cache ever after. They are no dependencies, because installing @clerk/ui brings a thousand packages
 * of which the browser needs none.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { ExecaError, execa } from 'execa'
import { Hono } from 'hono'
import { Trouble } from '../trouble.ts'

const PACKAGES = [
  {
    name: 'clerk-js',
    version: '6.40.0',
    sha512: '2MnZ/ygvuCmeuqfXQmsxfQaLN/SSJvQbtT2cLXbgr5VKr3KmZFZBVvX977fG3eZ6pprl4J9pO+I2bbe6BvColg==',
  },
  {
    name: 'ui',
    version: '1.36.0',
    sha512: 'uI96zYCh5jISLOt1mdpIPy/Y31P0kwFxjUFOxLUwFfTHFmGUcRjbqN6bbb+75tdI2Bz6ARGws3rhspDer+xIfQ==',
  },
] as const

type Package = (typeof PACKAGES)[number]

const ROOT = path.resolve(import.meta.dirname, '../..')
const CACHE = path.join(ROOT, 'node_modules/.cache/clerk-scripts')

/** Without a network npm would otherwise try for minutes; with its cache it needs none. */
const NPM_FLAGS = [
  '--loglevel=error',
  '--ignore-scripts',
  '--prefer-offline',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=1000',
]
const NPM_TIMEOUT_MS = 90_000

const folderOf = ({ name, version }: Package) => path.join(CACHE, `${name}-${version}`)

const exists = (folder: string) =>
  readdir(folder).then(
    () => true,
    () => false,
  )

/** Whether nothing has to be fetched any more. */
export async function haveScripts(): Promise<boolean> {
  return (await Promise.all(PACKAGES.map((one) => exists(folderOf(one))))).every(Boolean)
}

let fetching: Promise<void> | undefined

/**
 * Puts the scripts into the cache, unless they are there.
 * @throws {Trouble} with one line: what failed, why, and what to do.
 */
export function fetchScripts(): Promise<void> {
  fetching ??= fetchMissing().finally(() => {
    fetching = undefined
  })
  return fetching
}

async function fetchMissing(): Promise<void> {
  const missing: Package[] = []
  for (const one of PACKAGES) if (!(await exists(folderOf(one)))) missing.push(one)
  if (missing.length === 0) return
  // Everything happens in a folder of this process alone; the rename at the end is what others see.
  const draft = path.join(CACHE, `.draft-${process.pid}-${randomBytes(4).toString('hex')}`)
  try {
    await mkdir(draft, { recursive: true })
    const specs = missing.map(({ name, version }) => `@clerk/${name}@${version}`)
    await execa('npm', ['pack', ...NPM_FLAGS, '--pack-destination', draft, ...specs], {
      cwd: ROOT,
      timeout: NPM_TIMEOUT_MS,
    })
    for (const one of missing) await unpack(one, draft)
  } catch (error) {
    if (error instanceof Trouble) throw error
    throw new Trouble(
      `Clerk’s browser scripts could not be fetched with npm (${reasonOf(error)}). They are needed once: connect to the npm registry and start again.`,
    )
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function unpack(one: Package, draft: string): Promise<void> {
  const tarball = path.join(draft, `clerk-${one.name}-${one.version}.tgz`)
  const digest = createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')
  if (digest !== one.sha512)
    throw new Trouble(
      `@clerk/${one.name}@${one.version} is not the package that was pinned (sha512-${digest}): look at what your npm registry serves.`,
    )
  const unpacked = path.join(draft, one.name)
  await mkdir(unpacked)
  await execa('tar', ['-xzf', tarball, '-C', unpacked])
  // Another process may have been first; its copy is as good.
  await rename(path.join(unpacked, 'package/dist'), folderOf(one)).catch(async (error: unknown) => {
    if (!(await exists(folderOf(one)))) throw error
  })
}

/** The line of npm's complaint that says most. */
function reasonOf(error: unknown): string {
  if (!(error instanceof ExecaError)) return error instanceof Error ? error.message : String(error)
  if (error.code === 'ENOENT') return `${error.command.split(' ')[0]} is not installed`
  if (error.timedOut) return 'no answer in time'
  const lines = String(error.stderr)
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) /, ''))
  return lines.find((line) => line.includes('reason:')) ?? lines[0] ?? error.shortMessage
}

/** `/npm/@clerk/clerk-js@6/dist/clerk.browser.js` and the like; whatever version the page asks for, it gets this one. */
export function scriptRoutes(): Hono {
  const files = new Map<string, Set<string>>()
  return new Hono().get('/npm/@clerk/:package/dist/:file', async (c) => {
    const wanted = c.req.param('package').split('@')[0]
    const one = PACKAGES.find(({ name }) => name === wanted)
    if (!one) return c.text('no such script', 404)
    try {
      await fetchScripts()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      console.error(`clerk: ${why}`)
      return c.text(why, 503)
    }
    const folder = folderOf(one)
    const names = files.get(folder) ?? new Set(await readdir(folder))
    files.set(folder, names)
    const file = c.req.param('file')
    if (!names.has(file) || !file.endsWith('.js')) return c.text('no such script', 404)
    return c.body(await readFile(path.join(folder, file)), 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
      // The entry's name says a major version only; its chunks' names change with their content.
      'Cache-Control': file.includes(one.version) ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
  })
}
