/** What the Clerk stand-in keeps between two starts. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClerkClient, verifyToken } from '@clerk/backend'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startClerk } from '../../dev/clerk/index.ts'
import { SECRET_KEY, WEBHOOK_SECRET } from '../../dev/settings.ts'
import { Trouble } from '../../dev/trouble.ts'
import { ClerkPage } from '../support/clerk-page.ts'

const PASSWORD = 'kept between starts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'clerk-stand-in-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('users, passwords, sessions and the signing key survive a restart', async () => {
  const dataFile = path.join(folder, 'restart', 'clerk.json')
  const first = await startClerk({ port: 0, dataFile, seed: true })
  const page = new ClerkPage(first.url)
  await page.signUp('kept@example.com', PASSWORD)
  const token = await page.token()
  await first.stop()

  const second = await startClerk({ port: 0, dataFile, seed: true })
  expect(second.publicKeyPem).toBe(first.publicKeyPem)
  const { sub } = await verifyToken(token, { secretKey: SECRET_KEY, apiUrl: second.url })
  const api = createClerkClient({ secretKey: SECRET_KEY, apiUrl: second.url })
  expect((await api.users.getUser(sub)).primaryEmailAddress?.emailAddress).toBe('kept@example.com')
  expect(await api.users.getCount()).toBe(1 + second.demoUsers.length)
  const same = new ClerkPage(second.url)
  Object.assign(same, { cookie: page.cookie, sessionId: page.sessionId })
  expect(await same.token()).toMatch(/^ey/)
  await new ClerkPage(second.url).signIn('kept@example.com', PASSWORD)
  await second.stop()
})

test('what was answered is on disk, for its owner alone, with no password in it', async () => {
  const dataFile = path.join(folder, 'disk', 'clerk.json')
  const clerk = await startClerk({ port: 0, dataFile })
  await new ClerkPage(clerk.url).signUp('disk@example.com', PASSWORD)
  const text = await readFile(dataFile, 'utf8')
  expect(text).toContain('disk@example.com')
  expect(text).not.toContain(PASSWORD)
  expect((await stat(dataFile)).mode & 0o777).toBe(0o600)
  await clerk.stop()
  expect(await readdir(path.dirname(dataFile))).toEqual(['clerk.json'])
})

test('a webhook that was on its way is sent after the restart', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const dataFile = path.join(folder, 'queue', 'clerk.json')
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    for await (const chunk of request) bodies.push(String(chunk))
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const nowhere = { url: 'http://127.0.0.1:1/', secret: WEBHOOK_SECRET }
  const first = await startClerk({ port: 0, dataFile, webhook: nowhere })
  await createClerkClient({ secretKey: SECRET_KEY, apiUrl: first.url }).users.createUser({
    firstName: 'Late',
  })
  await first.stop()

  // The second attempt is due five seconds after the first: let the clock of this test be past it.
  const text = await readFile(dataFile, 'utf8')
  await writeFile(dataFile, text.replace(/"nextAttemptAt":\d+/, '"nextAttemptAt":0'))
  const there = { url: `http://127.0.0.1:${port}/`, secret: WEBHOOK_SECRET }
  const second = await startClerk({ port: 0, dataFile, webhook: there })
  await expect.poll(() => bodies.join('')).toContain('Late')
  await second.stop()
  server.close()
})

test.each(['{"version":1', '[]', '{"version":2,"users":{}}'])(
  'a data file of %s is one clear error',
  async (text) => {
    const dataFile = path.join(folder, 'corrupt.json')
    await writeFile(dataFile, text)
    const start = startClerk({ port: 0, dataFile })
    await expect(start).rejects.toThrow(Trouble)
    await expect(start).rejects.toThrow(/^.*corrupt\.json: not the Clerk stand-in’s data/)
    expect(await readFile(dataFile, 'utf8')).toBe(text)
  },
)

test('a signing key that is given is the one that signs', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const clerk = await startClerk({ port: 0, signingKey: privateKey })
  const page = new ClerkPage(clerk.url)
  await page.signUp('key@example.com', PASSWORD)
  await expect(verifyToken(await page.token(), { jwtKey: publicKey })).resolves.toBeDefined()
  await clerk.stop()
})

test('a busy port is the system’s error', async () => {
  const clerk = await startClerk({ port: 0 })
  await expect(startClerk({ port: clerk.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await clerk.stop()
})
