/**
 * A Chromium for the tests: `CHROMIUM_PATH`, else an installed Chrome or Chromium, else npm's @sparticuz/chromium, so that
 * a machine with nothing but Node and npm has one too.
 */
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { type Browser, chromium } from 'playwright-core'
import * as z from 'zod'

/** No updates, no synchronizing, no field trials: the browser talks to the machine it runs on and to nobody else. */
const FLAGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-quic',
]

const MAC = '/Applications'
const WINDOWS = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]

type Found = { executablePath: string; env: Record<string, string> }

export class NoBrowserError extends Error {
  override name = 'NoBrowserError'
}

/** @throws {NoBrowserError} with one line that says what to do. */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, env } = await findBrowser()
  return chromium.launch({ executablePath, args: FLAGS, env: { ...definedOf(process.env), ...env } })
}

async function findBrowser(): Promise<Found> {
  const chosen = process.env.CHROMIUM_PATH
  if (chosen) {
    const problem = await problemOf({ executablePath: chosen, env: {} })
    if (problem) throw new NoBrowserError(`CHROMIUM_PATH=${chosen} does not start: ${problem}`)
    return { executablePath: chosen, env: {} }
  }
  for (const executablePath of installedOnes())
    if (await exists(executablePath)) {
      const found = { executablePath, env: {} }
      if (!(await problemOf(found))) return found
    }
  return packagedOne()
}

function installedOnes(): string[] {
  if (process.platform === 'darwin')
    return [
      `${MAC}/Google Chrome.app/Contents/MacOS/Google Chrome`,
      `${MAC}/Chromium.app/Contents/MacOS/Chromium`,
    ]
  if (process.platform === 'win32')
    return WINDOWS.flatMap((folder) =>
      folder ? [path.join(folder, 'Google/Chrome/Application/chrome.exe')] : [],
    )
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)
  return ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser'].flatMap((name) =>
    folders.map((folder) => path.join(folder, name)),
  )
}

/** @sparticuz/chromium unpacks itself; where libraries are missing, those that it brings for Lambda take their place. */
async function packagedOne(): Promise<Found> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new NoBrowserError('No Chrome or Chromium found: install one, or name one in CHROMIUM_PATH')
  const folder = await unpackedOnce()
  const executablePath = path.join(folder, 'chromium')
  const fonts = (await exists('/etc/fonts/fonts.conf')) ? undefined : path.join(folder, 'fonts')
  const env = { ...(fonts && { FONTCONFIG_PATH: fonts }) }
  if (!(await problemOf({ executablePath, env }))) return { executablePath, env }

  const libraries = [path.join(folder, 'al2023/lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  const withLibraries = { executablePath, env: { ...env, LD_LIBRARY_PATH: libraries } }
  const problem = await problemOf(withLibraries)
  if (!problem) return withLibraries
  throw new NoBrowserError(
    `npm’s Chromium does not start (${problem}): install Chrome or Chromium, or name one in CHROMIUM_PATH`,
  )
}

/**
 * The package unpacks into the temporary folder under fixed names, where a half-unpacked file of another process, or of
 * another user, passes for a whole one. Here it is a folder of its own that gets its name when it is complete.
 */
async function unpackedOnce(): Promise<string> {
  const { default: packaged, inflate } = await import('@sparticuz/chromium')
  const library = path.resolve(fileURLToPath(import.meta.resolve('@sparticuz/chromium')), '../..')
  const manifest: unknown = JSON.parse(await readFile(path.join(library, 'package.json'), 'utf8'))
  const { version } = z.object({ version: z.string() }).parse(manifest)
  const cache = path.resolve(import.meta.dirname, '../../node_modules/.cache')
  const folder = path.join(cache, `chromium-${version}`)
  if (await exists(folder)) return folder
  const draft = path.join(cache, `.chromium-${process.pid}`)
  const before = process.env.TMPDIR
  try {
    await mkdir(draft, { recursive: true })
    process.env.TMPDIR = draft
    await packaged.executablePath()
    await inflate(path.join(library, 'bin/al2023.tar.br'))
    await rename(draft, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error
    })
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    await rm(draft, { recursive: true, force: true })
  }
  return folder
}

/** The first line of why it does not even tell its version; undefined when it does. */
async function problemOf({ executablePath, env }: Found): Promise<string | undefined> {
  const run = await execa(executablePath, ['--version'], { env, reject: false, timeout: 60_000 })
  return run.failed ? run.stderr.split('\n')[0] || run.shortMessage : undefined
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

const definedOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
