/**
 * The Frontend API, which clerk-js calls. The Worker forwards it from the page's own origin, so there is neither CORS nor
 * a handshake between hosts.
 */
import { Hono } from 'hono'
import type { Clerk } from '../clerk.ts'
import { environmentJson } from './environment.ts'
import { meRoutes } from './me.ts'
import { originOf } from './request.ts'
import { clientRoutes } from './sessions.ts'
import { signInRoutes } from './sign-ins.ts'
import { signUpRoutes } from './sign-ups.ts'
import { FrontendWire } from './wire.ts'

/** Mounted at `/v1`. */
export function frontendApi(clerk: Clerk): Hono {
  const wire = new FrontendWire(clerk)
  return new Hono()
    .on(['GET', 'PATCH'], '/environment', (c) =>
      c.json(environmentJson(originOf(c) ?? new URL(c.req.url).origin)),
    )
    .route('/client/sign_ups', signUpRoutes(clerk, wire))
    .route('/client/sign_ins', signInRoutes(clerk, wire))
    .route('/client', clientRoutes(clerk, wire))
    .route('/me', meRoutes(clerk, wire))
}
