/** What those who run SwarAI see, change and start. */
import { Hono } from 'hono'
import * as z from 'zod/mini'
import { requireAdmin } from '../auth/require-admin.ts'
import { requireIdentity } from '../auth/require-identity.ts'
import { TIERS } from '../db/enums.ts'
import type { Config } from '../env.ts'
import { Problem } from '../errors.ts'
import { type AppEnv, jsonBody, queryOf, text, wholeNumber } from '../http.ts'
import { dailyLimit } from '../quota/tiers.ts'
import type { ReconcileParams } from '../reconcile/workflow.ts'
import { stretch } from '../usage/routes.ts'
import { retryLetter } from '../users/dead-letters.ts'
import { readAnalytics } from './analytics.ts'
import { asAdmin } from './standing.ts'
import { COUNT_LIMIT } from './sync/report.ts'
import { readLetter, readSyncHealth, upToLimit } from './sync/store.ts'
import { verdictOf } from './sync/verdict.ts'
import type { AdminUser, UserCursor } from './users/admin-user.ts'
import { listUsers } from './users/store.ts'
import { setTier } from './users/tier-store.ts'

const newPass = z.object({ dryRun: z.optional(z.boolean()) })

/** An address has at most 320 characters; what is longer than any name or id finds nobody. */
const listing = z.object({
  query: z._default(
    z.pipe(
      text(320),
      z.transform((value) => value.trim()),
    ),
    '',
  ),
  cursor: z.optional(
    z.pipe(
      text(300).check(z.regex(/^-?\d{1,17}\..+$/, 'is not a cursor of this list')),
      z.transform((value): UserCursor => {
        const [microseconds = '', ...id] = value.split('.')
        return { microseconds, id: id.join('.') }
      }),
    ),
  ),
  limit: z._default(wholeNumber(1, 100), 50),
})

const newTier = z.object({ tier: z.enum(TIERS) })

/** Of a user, or of a message: Svix's and Clerk's are both shorter. What could not even be stored is the name of nothing. */
const name = text(255)
function nameOf(param: string): string {
  const parsed = name.safeParse(param)
  if (!parsed.success) throw new Problem('not_found')
  return parsed.data
}

export const adminRoutes = new Hono<AppEnv>()
  .get('/sync', requireIdentity, requireAdmin, async (c) => {
    const { signs, ...figures } = await readSyncHealth(c.get('config'), c.get('identity').subject)
    const verdict = verdictOf(signs, Date.now())
    c.get('facts').verdict = verdict[0]?.level
    return c.json({
      verdict,
      lastDeliveryAt: signs.lastDeliveryAt,
      lastUsedAt: signs.lastUsedAt,
      drift: signs.drift,
      deadLetterCount: upToLimit(signs.deadLetters),
      countLimit: COUNT_LIMIT,
      ...figures,
    })
  })
  .post('/reconcile', requireIdentity, requireAdmin, jsonBody(newPass), async (c) => {
    const { dryRun = false } = c.req.valid('json')
    await asAdmin(c.get('config'), c.get('identity').subject, () => [])
    // Who asks for a pass wants to know about everybody, whatever the counts say.
    const params: ReconcileParams = { trigger: 'admin', dryRun, full: true }
    const { id } = await c.env.RECONCILE.create({ id: crypto.randomUUID(), params })
    c.get('facts').run = id
    return c.json({ id }, 202)
  })
  .post('/dead-letters/:messageId/retry', requireIdentity, requireAdmin, async (c) => {
    const config = c.get('config')
    const letter = await readLetter(config, c.get('identity').subject, nameOf(c.req.param('messageId')))
    if (!letter) throw new Problem('not_found')
    const outcome = await retryLetter(config, letter)
    c.get('facts').outcome = outcome
    return c.json({ outcome })
  })
  .get('/users', requireIdentity, requireAdmin, queryOf(listing), async (c) => {
    const config = c.get('config')
    const { query: search, cursor = null, limit } = c.req.valid('query')
    const { users, next } = await listUsers(config, c.get('identity').subject, {
      search,
      cursor,
      limit,
      zone: config.QUOTA_TIME_ZONE,
    })
    return c.json({
      users: users.map((user) => withLimit(user, config)),
      nextCursor: next && `${next.microseconds}.${next.id}`,
    })
  })
  .patch('/users/:id', requireIdentity, requireAdmin, jsonBody(newTier), async (c) => {
    const config = c.get('config')
    const { tier } = c.req.valid('json')
    const change = { id: nameOf(c.req.param('id')), tier, zone: config.QUOTA_TIME_ZONE }
    const changed = await setTier(config, c.get('identity').subject, change)
    if (!changed) throw new Problem('not_found')
    return c.json({ user: withLimit(changed.user, config), from: changed.from })
  })
  .get('/analytics', requireIdentity, requireAdmin, queryOf(stretch), async (c) => {
    const config = c.get('config')
    const { days } = c.req.valid('query')
    return c.json(await readAnalytics(config, c.get('identity').subject, days, config.QUOTA_TIME_ZONE))
  })

/** The day's limit goes with the tier; the deployment alone knows it. */
const withLimit = (user: AdminUser, config: Config) => ({ ...user, limit: dailyLimit(user.tier, config) })
