/** The guard of what only a person may do: somebody who acts as them looks, and leaves no trace. */
import { createMiddleware } from 'hono/factory'
import { Problem } from '../errors.ts'
import type { AppEnv } from '../http.ts'
import type { Identity } from './claims.ts'

/**
 * Stands behind `requireIdentity`.
 * @throws {Problem} `forbidden`.
 */
export const requireInPerson = createMiddleware<AppEnv & { Variables: { identity: Identity } }>(
  async (c, next) => {
    if (c.get('identity').impersonated)
      throw new Problem('forbidden', {
        detail: 'Whoever acts as somebody else may look, but not write.',
        facts: { refused: 'impersonated' },
      })
    await next()
  },
)
