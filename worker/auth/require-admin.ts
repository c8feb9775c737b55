/** The guard of what belongs to those who run SwarAI. */
import { createMiddleware } from 'hono/factory'
import type { Config } from '../env.ts'
import { Problem } from '../errors.ts'
import type { AppEnv } from '../http.ts'
import type { Identity } from './claims.ts'

/** Somebody who acts as an admin has the admin's token, but is not the admin. */
export const isAdmin = ({ subject, impersonated }: Identity, { ADMIN_USER_IDS }: Config): boolean =>
  !impersonated && ADMIN_USER_IDS.includes(subject)

/**
 * Stands behind `requireIdentity`. A token outlives a deletion or a ban by a minute: whoever reads or writes for an admin
 * asks how the admin stands in that same request to the database.
 * @throws {Problem} `forbidden`.
 */
export const requireAdmin = createMiddleware<AppEnv & { Variables: { identity: Identity } }>(
  async (c, next) => {
    if (!isAdmin(c.get('identity'), c.get('config')))
      throw new Problem('forbidden', { facts: { refused: 'not an admin' } })
    await next()
  },
)
