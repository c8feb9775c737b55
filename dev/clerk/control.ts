/** Switches of the webhook deliveries, mounted at `/_control` behind the guard of the faults' own switches. */
import { Hono } from 'hono'
import * as z from 'zod'
import { DELIVERY_MODES, type Deliveries } from './deliveries.ts'
import { notFound } from './errors.ts'

const modeSchema = z.strictObject({ mode: z.enum(DELIVERY_MODES) })

export function deliveryControl(deliveries: Deliveries): Hono {
  return new Hono()
    .get('/deliveries', (c) => c.json({ mode: deliveries.mode, deliveries: deliveries.all() }))
    .put('/deliveries', async (c) => {
      const parsed = modeSchema.safeParse(await c.req.json().catch(() => undefined))
      if (!parsed.success) return c.json({ error: `mode must be one of ${DELIVERY_MODES.join(', ')}` }, 422)
      deliveries.mode = parsed.data.mode
      return c.json(parsed.data)
    })
    .post('/deliveries/:id/resend', async (c) => {
      const message = deliveries.find(c.req.param('id'))
      if (!message) throw notFound('delivery', c.req.param('id'))
      return c.json(await deliveries.resend(message))
    })
}
