/** What the signed-in user has used. */
import { Hono } from 'hono'
import * as z from 'zod/mini'
import { requireIdentity } from '../auth/require-identity.ts'
import { type AppEnv, queryOf, wholeNumber } from '../http.ts'
import { readUsage } from './store.ts'

/** A stretch of days that ends today: a month, unless asked otherwise, and at most a year. */
export const stretch = z.object({ days: z._default(wholeNumber(1, 365), 30) })

export const usageRoutes = new Hono<AppEnv>().get('/', requireIdentity, queryOf(stretch), async (c) => {
  const config = c.get('config')
  const { days } = c.req.valid('query')
  return c.json({ days: await readUsage(config, c.get('identity').subject, days, config.QUOTA_TIME_ZONE) })
})
