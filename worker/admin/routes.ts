/** What those who run SwarAI see and start. */
import { Hono } from 'hono'
import * as z from 'zod/mini'
import { requireAdmin } from '../auth/require-admin.ts'
import { requireIdentity } from '../auth/require-identity.ts'
import { Problem } from '../errors.ts'
import { type AppEnv, jsonBody } from '../http.ts'
import { retryLetter } from '../users/dead-letters.ts'
import type { ReconcileParams } from '../users/reconcile-workflow.ts'
import { COUNT_LIMIT } from './report.ts'
import { type AdminStanding, readAdminStanding, readLetter, readSyncHealth } from './store.ts'
import { verdictOf } from './verdict.ts'

const newPass = z.object({ dryRun: z.optional(z.boolean()) })

export const adminRoutes = new Hono<AppEnv>()
  .get('/sync', requireIdentity, requireAdmin, async (c) => {
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
  .post('/reconcile', requireIdentity, requireAdmin, jsonBody(newPass), async (c) => {
    const { dryRun = false } = c.req.valid('json')
    requireStanding(await readAdminStanding(c.get('config'), c.get('identity').subject))
    // Who asks for a pass wants to know about everybody, whatever the counts say.
    const params: ReconcileParams = { trigger: 'admin', dryRun, full: true }
    const { id } = await c.env.RECONCILE.create({ id: crypto.randomUUID(), params })
    c.get('facts').run = id
    return c.json({ id }, 202)
  })
  .post('/dead-letters/:messageId/retry', requireIdentity, requireAdmin, async (c) => {
    const config = c.get('config')
    const { standing, letter } = await readLetter(config, c.get('identity').subject, c.req.param('messageId'))
    requireStanding(standing)
    if (!letter) throw new Problem('not_found')
    const outcome = await retryLetter(config, letter)
    c.get('facts').outcome = outcome
    return c.json({ outcome })
  })

/** @throws {Problem} `user_deleted`, `user_banned`. */
function requireStanding(standing: AdminStanding) {
  if (standing === 'deleted') throw new Problem('user_deleted')
  if (standing === 'banned') throw new Problem('user_banned')
}
