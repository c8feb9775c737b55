/** What those who run SwarAI see. */
import { Hono } from 'hono'
import { requireAdmin } from '../auth/require-admin.ts'
import { requireIdentity } from '../auth/require-identity.ts'
import { Problem } from '../errors.ts'
import type { AppEnv } from '../http.ts'
import { COUNT_LIMIT } from './report.ts'
import { type AdminStanding, readSyncHealth } from './store.ts'
import { verdictOf } from './verdict.ts'

export const adminRoutes = new Hono<AppEnv>().get('/sync', requireIdentity, requireAdmin, async (c) => {
  const { standing, health } = await readSyncHealth(c.get('config'), c.get('identity').subject)
  requireStanding(standing)
  const { signs, ...figures } = health
  const verdict = verdictOf(signs, Date.now())
  c.get('facts').verdict = verdict[0]?.level
  return c.json({
    verdict,
    lastDeliveryAt: signs.lastDeliveryAt,
    deadLetterCount: signs.deadLetters,
    countLimit: COUNT_LIMIT,
    ...figures,
  })
})

/** @throws {Problem} `user_deleted`, `user_banned`. */
function requireStanding(standing: AdminStanding) {
  if (standing === 'deleted') throw new Problem('user_deleted')
  if (standing === 'banned') throw new Problem('user_banned')
}
