/** The second door: Clerk says that a user has changed. It comes again until it gets a 200, so that is the last thing said. */
import { Hono } from 'hono'
import { type Event, readEvent, verifyDelivery } from '../clerk/events.ts'
import type { DatabaseSettings } from '../db/client.ts'
import { type AppEnv, readBody } from '../http.ts'
import type { Delivery, DeliveryOutcome } from './ledger.ts'
import { applyDelivery, keepDeadLetter, removeByDelivery } from './store.ts'

/** A rich user is about 4 KiB; metadata may be larger. */
const MAX_BODY_BYTES = 256 * 1024

export const webhookRoutes = new Hono<AppEnv>().post('/clerk', async (c) => {
  const config = c.get('config')
  const body = await readBody(c.req.raw, MAX_BODY_BYTES)
  const messageId = verifyDelivery(c.req.raw.headers, body, config, Date.now())
  const event = readEvent(body, config)
  const outcome = await take(event, { messageId, type: event.type }, config)
  Object.assign(c.get('facts'), { event: event.type, outcome })
  return c.json({ outcome })
})

function take(event: Event, delivery: Delivery, settings: DatabaseSettings): Promise<DeliveryOutcome> {
  switch (event.kind) {
    case 'snapshot':
      return applyDelivery(settings, event.snapshot, delivery)
    case 'deleted':
      return removeByDelivery(settings, event.userId, delivery)
    case 'unusable':
      return keepDeadLetter(settings, delivery, event)
  }
}
