/** The Clerk stand-in's webhooks: what they say, that svix accepts them, and how they are tried again. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { createClerkClient } from '@clerk/backend'
import { Webhook } from 'svix'
import { afterEach, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { startClerk } from '../../dev/clerk/index.ts'
import { portOf } from '../../dev/ports.ts'
import { INSTANCE_ID, SECRET_KEY, WEBHOOK_SECRET } from '../../dev/settings.ts'
import { ClerkPage } from '../support/clerk-page.ts'

/** Svix's five seconds become five milliseconds. */
const TIME_SCALE = 0.001

const eventSchema = z.looseObject({
  type: z.string(),
  data: z.looseObject({ id: z.string() }),
  timestamp: z.number(),
})

type Delivery = { headers: IncomingHttpHeaders; body: string; event: z.infer<typeof eventSchema> }

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  vi.restoreAllMocks()
})

/** Takes webhooks and answers with the statuses it is given, 200 once they have run out. */
async function startReceiver(...statuses: number[]) {
  const deliveries: Delivery[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    deliveries.push({ headers: request.headers, body, event: eventSchema.parse(JSON.parse(body)) })
    response.writeHead(statuses.shift() ?? 200, { location: '/elsewhere' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  cleanUps.push(close)
  return { url: `http://127.0.0.1:${portOf(server)}/api/webhooks/clerk`, deliveries, close }
}

async function start(url: string) {
  const clerk = await startClerk({ port: 0, webhook: { url, secret: WEBHOOK_SECRET, timeScale: TIME_SCALE } })
  cleanUps.push(clerk.stop)
  const api = createClerkClient({ secretKey: SECRET_KEY, apiUrl: clerk.url })
  const control = async (method: string, path: string, body: unknown = {}) => {
    const json = { 'content-type': 'application/json' }
    const sent = method === 'GET' ? {} : { headers: json, body: JSON.stringify(body) }
    return fetch(`${clerk.url}/_control${path}`, { method, ...sent })
  }
  return { clerk, api, control }
}

const types = (deliveries: Delivery[]) => deliveries.map(({ event }) => event.type)
const arrived = (deliveries: Delivery[], count: number) => expect.poll(() => deliveries).toHaveLength(count)

test('what happens through either API is told, signed so that svix accepts the bytes', async () => {
  const receiver = await startReceiver()
  const { clerk, api } = await start(receiver.url)
  const page = new ClerkPage(clerk.url)
  await page.signUp('told@example.com', 'correct horse', { first_name: 'Told' })
  await arrived(receiver.deliveries, 1)
  await page.ok('PATCH', '/me', { first_name: 'Retold' })
  await arrived(receiver.deliveries, 2)
  const id = receiver.deliveries[0]?.event.data.id ?? ''
  await api.users.banUser(id)
  await arrived(receiver.deliveries, 3)
  await api.users.deleteUser(id)
  await arrived(receiver.deliveries, 4)

  expect(types(receiver.deliveries)).toEqual(['user.created', 'user.updated', 'user.updated', 'user.deleted'])
  const webhook = new Webhook(WEBHOOK_SECRET)
  for (const { body, headers, event } of receiver.deliveries) {
    const signed = {
      'svix-id': String(headers['svix-id']),
      'svix-timestamp': String(headers['svix-timestamp']),
      'svix-signature': String(headers['svix-signature']),
    }
    expect(() => webhook.verify(body, signed)).not.toThrow()
    expect(() => webhook.verify(`${body} `, signed)).toThrow()
    expect(headers['svix-id']).toMatch(/^msg_[0-9A-Za-z]{27}$/)
    expect(event).toMatchObject({
      object: 'event',
      instance_id: INSTANCE_ID,
      timestamp: expect.any(Number),
      event_attributes: { http_request: { client_ip: expect.any(String), user_agent: expect.any(String) } },
    })
  }
  const [created, renamed, banned, deleted] = receiver.deliveries.map(({ event }) => event.data)
  expect(created).toMatchObject({ object: 'user', first_name: 'Told', banned: false, private_metadata: {} })
  expect(renamed).toMatchObject({ first_name: 'Retold' })
  expect(banned).toMatchObject({ banned: true })
  expect(deleted).toEqual({ object: 'user', id, deleted: true })
  expect(Number(renamed?.updated_at)).toBeGreaterThan(Number(created?.updated_at))
})

test('an event tells the user as it was then, however late it arrives', async () => {
  const receiver = await startReceiver()
  const { clerk, api } = await start(receiver.url)
  clerk.deliveries.mode = 'hold'
  const user = await api.users.createUser({ firstName: 'Then' })
  await api.users.updateUser(user.id, { firstName: 'Now' })
  clerk.deliveries.mode = 'normal'
  await arrived(receiver.deliveries, 2)
  expect(receiver.deliveries.map(({ event }) => event.data.first_name)).toEqual(['Then', 'Now'])
})

test('a failure, a redirect among them, is tried again with the same id and a new signature', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const receiver = await startReceiver(500, 302, 404)
  const { clerk, api, control } = await start(receiver.url)
  await api.users.createUser({ firstName: 'Persistent' })
  await arrived(receiver.deliveries, 4)
  expect(new Set(receiver.deliveries.map(({ headers }) => headers['svix-id'])).size).toBe(1)
  await expect.poll(() => clerk.deliveries.all()[0]?.status).toBe('delivered')
  const listed = await (await control('GET', '/deliveries')).json()
  expect(listed).toMatchObject({
    mode: 'normal',
    deliveries: [
      {
        type: 'user.created',
        attempts: [{ status: 500 }, { status: 302 }, { status: 404 }, { status: 200 }],
      },
    ],
  })
})

test('a receiver that never answers delays nobody', async () => {
  const asked = Promise.withResolvers<void>()
  const silent = createServer(() => asked.resolve()).listen(0, '127.0.0.1')
  cleanUps.push(async () => {
    silent.closeAllConnections()
    silent.close()
  })
  await once(silent, 'listening')
  const { clerk, api } = await start(`http://127.0.0.1:${portOf(silent)}/`)
  for (let n = 0; n < 20; n += 1) await api.users.createUser({ firstName: `User ${n}` })
  await asked.promise
  expect(clerk.deliveries.all().map(({ attempts }) => attempts)).toEqual(Array(20).fill([]))
})

test('a receiver that is down makes one line, and gets everything when it is back', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const receiver = await startReceiver()
  const { clerk, api } = await start(receiver.url)
  await receiver.close()
  for (let n = 0; n < 20; n += 1) await api.users.createUser({ firstName: `User ${n}` })
  await expect.poll(() => clerk.deliveries.all().every(({ attempts }) => attempts.length > 0)).toBe(true)
  expect(warn).toHaveBeenCalledTimes(1)

  const back = await startReceiver()
  clerk.deliveries.endpoint = { url: back.url, secret: WEBHOOK_SECRET, timeScale: TIME_SCALE }
  await arrived(back.deliveries, 20)
})

test('after Svix’s eight attempts a message is given up, and can still be sent by hand', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const receiver = await startReceiver(...Array.from({ length: 8 }, () => 503))
  const clerk = await startClerk({
    port: 0,
    webhook: { url: receiver.url, secret: WEBHOOK_SECRET, timeScale: 0.000_001 },
  })
  cleanUps.push(clerk.stop)
  const api = createClerkClient({ secretKey: SECRET_KEY, apiUrl: clerk.url })
  await api.users.createUser({ firstName: 'Given up' })
  await expect.poll(() => clerk.deliveries.all()[0]?.status).toBe('failed')
  expect(receiver.deliveries).toHaveLength(8)
  const id = clerk.deliveries.all()[0]?.id
  const resent = await fetch(`${clerk.url}/_control/deliveries/${id}/resend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  })
  expect(await resent.json()).toMatchObject({ status: 200 })
  expect(receiver.deliveries.at(-1)?.headers['svix-id']).toBe(id)
  expect(clerk.deliveries.all()[0]?.status).toBe('delivered')
})

test('twice: every message arrives two times under one id', async () => {
  const receiver = await startReceiver()
  const { api, control } = await start(receiver.url)
  await control('PUT', '/deliveries', { mode: 'twice' })
  await api.users.createUser({ firstName: 'Echo' })
  await arrived(receiver.deliveries, 2)
  expect(receiver.deliveries[1]?.headers['svix-id']).toBe(receiver.deliveries[0]?.headers['svix-id'])
  expect(receiver.deliveries[1]?.body).toBe(receiver.deliveries[0]?.body)
})

test('reorder: the newest of a burst arrives first', async () => {
  const receiver = await startReceiver()
  const { clerk, api } = await start(receiver.url)
  clerk.deliveries.endpoint = { url: receiver.url, secret: WEBHOOK_SECRET, timeScale: 0.2 }
  clerk.deliveries.mode = 'reorder'
  const user = await api.users.createUser({ firstName: 'A' })
  await api.users.updateUser(user.id, { firstName: 'B' })
  await api.users.deleteUser(user.id)
  await arrived(receiver.deliveries, 3)
  expect(types(receiver.deliveries)).toEqual(['user.deleted', 'user.updated', 'user.created'])
})

test('hold: nothing is sent until it ends, then everything in its order', async () => {
  const receiver = await startReceiver()
  const { api, control } = await start(receiver.url)
  await control('PUT', '/deliveries', { mode: 'hold' })
  const user = await api.users.createUser({ firstName: 'Held' })
  await api.users.deleteUser(user.id)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(receiver.deliveries).toEqual([])
  await control('PUT', '/deliveries', { mode: 'normal' })
  await arrived(receiver.deliveries, 2)
  expect(types(receiver.deliveries)).toEqual(['user.created', 'user.deleted'])
})

test('the switches ask for JSON and for a mode that exists', async () => {
  const receiver = await startReceiver()
  const { clerk, control } = await start(receiver.url)
  expect((await control('PUT', '/deliveries', { mode: 'sideways' })).status).toBe(422)
  const plain = await fetch(`${clerk.url}/_control/deliveries`, { method: 'PUT', body: '{"mode":"hold"}' })
  expect(plain.status).toBe(415)
  expect(clerk.deliveries.mode).toBe('normal')
  expect((await control('POST', '/deliveries/msg_none/resend')).status).toBe(404)
})
