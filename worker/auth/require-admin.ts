/** The guard of what concerns everybody. It stands behind `requireIdentity` on the route's line. */
import { createMiddleware } from 'hono/factory'
import { Problem } from '../errors.ts'
import type { AppEnv } from '../http.ts'
import type { Identity } from './claims.ts'

/** @throws {Problem} `forbidden`, also for somebody of ours who acts as an admin. */
export const requireAdmin = createMiddleware<AppEnv & { Variables: { identity: Identity } }>(
  async (c, next) => {
    const { subject, impersonated } = c.get('identity')
    const isAdmin = c.get('config').ADMIN_USER_IDS.includes(subject)
    if (!isAdmin || impersonated)
      throw new Problem('forbidden', { facts: { refused: isAdmin ? 'impersonated' : 'not an admin' } })
    await next()
  },
)
