/** This browser and its sessions: tokens, touches, sign-out, proving oneself again. Mounted at `/v1/client`. */
import { type Env, Hono } from 'hono'
import type { BlankSchema } from 'hono/types'
import type { Clerk } from '../clerk.ts'
import { passwordIncorrect, strategyInvalid } from '../errors.ts'
import { isPassword } from '../passwords.ts'
import type { Session, User } from '../state.ts'
import { verificationJson } from '../wire.ts'
import { codeSent, verified } from './codes.ts'
import { clientOf, ensureClient, formOf, signedIn } from './request.ts'
import { type FrontendWire, firstFactors } from './wire.ts'

export function clientRoutes(clerk: Clerk, wire: FrontendWire): Hono {
  const { sessions } = clerk

  return new Hono()
    .get('/', async (c) => wire.wrapped(c, await wire.client(c, clientOf(c, clerk))))
    .on(['POST', 'PUT'], '/', async (c) => {
      const client = ensureClient(c, clerk)
      return wire.wrapped(c, await wire.client(c, client), client)
    })
    .on('DELETE', ['/', '/sessions'], async (c) => {
      const client = clientOf(c, clerk)
      if (client) for (const session of sessions.ofClient(client)) sessions.end(session, 'removed')
      return wire.wrapped(c, await wire.client(c, client))
    })
    .get('/sessions/:id', async (c) => {
      const { session, user } = signedIn(c, clerk, c.req.param('id'))
      return wire.wrapped(c, await wire.session(c, session, user))
    })
    .post('/sessions/:id/touch', async (c) => {
      const { client, session, user } = signedIn(c, clerk, c.req.param('id'))
      sessions.touch(client, session, user)
      return wire.wrapped(c, await wire.session(c, session, user))
    })
    .post('/sessions/:id/tokens', async (c) => {
      const { session } = signedIn(c, clerk, c.req.param('id'))
      return c.json(await wire.token(c, session))
    })
    .post('/sessions/:id/end', async (c) => {
      const { session, user } = signedIn(c, clerk, c.req.param('id'))
      sessions.end(session, 'ended')
      return wire.wrapped(c, await wire.session(c, session, user))
    })
    .post('/sessions/:id/remove', async (c) => {
      const { session, user } = signedIn(c, clerk, c.req.param('id'))
      sessions.end(session, 'removed')
      return wire.wrapped(c, await wire.session(c, session, user))
    })
    .route('/sessions/:id/verify', reverificationRoutes(clerk, wire))
}

/**
 * Proving oneself again before something delicate. The stand-in never demands it (its environment says so), but an
 * application may, through the age of the first factor in the token's `fva` claim.
 */
function reverificationRoutes(
  clerk: Clerk,
  wire: FrontendWire,
): Hono<Env, BlankSchema, '/sessions/:id/verify'> {
  const json = (session: Session, user: User) => ({
    object: 'session_reverification',
    level: 'first_factor',
    status: session.reverification?.status === 'verified' ? 'complete' : 'needs_first_factor',
    supported_first_factors: firstFactors(user),
    supported_second_factors: null,
    first_factor_verification: verificationJson(session.reverification),
    second_factor_verification: null,
    session: wire.sessionBase(session),
  })

  return new Hono<Env, BlankSchema, '/sessions/:id/verify'>()
    .post('/', async (c) => {
      const { session, user } = signedIn(c, clerk, c.req.param('id'))
      session.reverification = null
      return wire.wrapped(c, json(session, user))
    })
    .post('/prepare_first_factor', async (c) => {
      const { session, user } = signedIn(c, clerk, c.req.param('id'))
      session.reverification = codeSent(clerk.now())
      return wire.wrapped(c, json(session, user))
    })
    .post('/attempt_first_factor', async (c) => {
      const { client, session, user } = signedIn(c, clerk, c.req.param('id'))
      const form = await formOf(c)
      const strategy = form.text('strategy') ?? ''
      if (strategy === 'password') {
        const good = user.passwordHash && (await isPassword(form.text('password') ?? '', user.passwordHash))
        if (!good) throw passwordIncorrect('password')
        session.reverification = { strategy, status: 'verified', attempts: 1, expireAt: null }
      } else if (strategy === 'email_code')
        session.reverification = verified(session.reverification, form.text('code'))
      else throw strategyInvalid(strategy)
      session.verifiedAt = clerk.now()
      clerk.sessions.changed(client)
      return wire.wrapped(c, json(session, user))
    })
}
