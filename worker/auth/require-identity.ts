/** The guard that stands on the line of every route that is about somebody. */
import { createMiddleware } from 'hono/factory'
import { Problem } from '../errors.ts'
import type { AppEnv } from '../http.ts'
import type { Identity } from './claims.ts'
import { isAdmin } from './require-admin.ts'
import { verifySessionToken } from './session-token.ts'

/**
 * Sets `c.var.identity`. The token is read from the `Authorization` header alone: a cookie would invite cross-site
 * requests, a query string would end in logs.
 * @throws {Problem} `unauthenticated`, with the same words whatever was wrong; `session_pending`; `clerk_unavailable`.
 */
export const requireIdentity = createMiddleware<AppEnv & { Variables: { identity: Identity } }>(
  async (c, next) => {
    const [, token] = /^Bearer ([\x21-\x7e]+)$/i.exec(c.req.header('Authorization') ?? '') ?? []
    if (!token) throw new Problem('unauthenticated', { facts: { refused: 'no bearer token' } })
    const verdict = await verifySessionToken(token, c.get('config'), Date.now())
    if (!verdict.ok) throw new Problem(verdict.code, { facts: { refused: verdict.reason } })
    c.set('identity', verdict.identity)
    await next()
    // So that the page knows without asking for what it may not have. Each route still decides by itself.
    if (isAdmin(verdict.identity, c.get('config'))) c.header('X-Role', 'admin')
  },
)
