/** Imports point one way, so that a folder can be read, changed and tested without those above it. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = path.join(import.meta.dirname, '../..')

/** From the ground up. A module may import from its own folder and from layers below, not from its neighbours. */
const WORKER_LAYERS = [
  ['errors.ts', 'log.ts'],
  ['env.ts'],
  ['db'],
  ['http.ts'],
  ['clerk'],
  ['auth'],
  ['quota'],
  ['users'],
  ['reconcile'],
  ['conversations', 'usage'],
  ['admin'],
  ['health.ts', 'page.ts', 'clock.ts'],
  ['app.ts'],
  ['index.ts'],
]

/** The same of the page. */
const WEB_LAYERS = [
  ['config.ts', 'ui'],
  ['api', 'theme', 'charts'],
  ['users'],
  ['shell'],
  ['auth'],
  ['landing', 'account', 'conversations'],
  ['admin'],
  ['App.tsx'],
  ['main.tsx'],
]

type Import = { from: string; to: string; typeOnly: boolean }

function sources(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
    .map((file) => path.join(folder, file))
}

/** Every relative import of a folder's sources, both ends as paths from the root. */
function importsOf(folder: string): Import[] {
  const statement =
    /^\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]/gm
  return sources(folder).flatMap((from) =>
    [...readFileSync(path.join(ROOT, from), 'utf8').matchAll(statement)].map(([, type, named, dynamic]) => ({
      from,
      to: path.join(path.dirname(from), named ?? dynamic ?? ''),
      typeOnly: type !== undefined,
    })),
  )
}

describe.each([
  ['worker', WORKER_LAYERS],
  ['web/src', WEB_LAYERS],
])('%s/', (folder, layers) => {
  const layerOf = new Map(layers.flatMap((units, layer) => units.map((unit) => [unit, layer] as const)))
  const unit = (file: string) => path.relative(folder, file).split('/')[0] ?? ''
  const imports = importsOf(folder).filter(({ to }) => to.startsWith(`${folder}/`))

  test('every file has its layer', () => {
    expect(imports.length).toBeGreaterThan(30)
    expect(sources(folder).filter((file) => !layerOf.has(unit(file)))).toEqual([])
  })

  test('imports point down', () => {
    const upward = imports.filter(({ from, to }) => {
      const [above, below] = [
        layerOf.get(unit(from)) ?? -1,
        layerOf.get(unit(to)) ?? Number.POSITIVE_INFINITY,
      ]
      return unit(from) !== unit(to) && below >= above
    })
    expect(upward).toEqual([])
  })
})

test('worker/ imports nothing from outside', () => {
  expect(importsOf('worker').filter(({ to }) => !to.startsWith('worker/'))).toEqual([])
})

test('web/ takes types alone from the Worker', () => {
  const foreign = importsOf('web').filter(({ to }) => !to.startsWith('web/'))
  expect(foreign.filter(({ to, typeOnly }) => !(to.startsWith('worker/') && typeOnly))).toEqual([])
})

test('dev/ shares nothing with the Worker and the page', () => {
  expect(importsOf('dev').filter(({ to }) => !to.startsWith('dev/'))).toEqual([])
})

test('cli/ builds on the Worker, on the stand-ins’ settings and on what commands share', () => {
  const foreign = importsOf('cli').filter(({ to }) => !to.startsWith('cli/'))
  expect(
    foreign.filter(({ to }) => !/^worker\/|^dev\/(command-line|settings|trouble)\.ts$/.test(to)),
  ).toEqual([])
})
