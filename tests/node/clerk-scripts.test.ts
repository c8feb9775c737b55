/** clerk-js and Clerk's components as the page loads them. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ClerkStandIn, fetchScripts, haveScripts, startClerk } from '../../dev/clerk/index.ts'

let clerk: ClerkStandIn
beforeAll(async () => {
  await fetchScripts()
  clerk = await startClerk({ port: 0 })
}, 120_000)
afterAll(() => clerk.stop())

const script = (path: string) => fetch(`${clerk.url}/npm/@clerk/${path}`)

test('fetched once, the scripts need neither npm nor its network any more', async () => {
  expect(await haveScripts()).toBe(true)
  // Where no npm is found, asking it would fail.
  vi.stubEnv('PATH', '')
  await fetchScripts().finally(vi.unstubAllEnvs)
})

test.each([
  'clerk-js@6/dist/clerk.browser.js',
  'clerk-js@6.40.0/dist/clerk.browser.js',
  'ui@1/dist/ui.browser.js',
])('%s is served as a script', async (path) => {
  const answer = await script(path)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^text\/javascript/)
  expect((await answer.text()).length).toBeGreaterThan(100_000)
})

test.each(['clerk-js@6/dist/nothing.js', 'clerk-js@6/dist/..%2Fpackage.json', 'backend@3/dist/index.js'])(
  '%s is not there',
  async (path) => {
    expect((await script(path)).status).toBe(404)
  },
)
