/** Signing in: by password, by code, and by a code that lets one choose a new password. At `/v1/client/sign_ins`. */
import { type Context, Hono } from 'hono'
import { causeOf } from '../cause.ts'
import type { Clerk } from '../clerk.ts'
import { identifierNotFound, notFound, passwordIncorrect, sessionExists, strategyInvalid } from '../errors.ts'
import { newId } from '../ids.ts'
import { checkPassword, hashPassword, isPassword } from '../passwords.ts'
import type { Client, SignIn, User } from '../state.ts'
import { codeSent, verified } from './codes.ts'
import { clientOf, ensureClient, type Form, formOf } from './request.ts'
import type { FrontendWire } from './wire.ts'

const DAY_MS = 24 * 60 * 60_000

export function signInRoutes(clerk: Clerk, wire: FrontendWire): Hono {
  const { users, sessions } = clerk

  const attemptOf = (c: Context, id: string): { client: Client; signIn: SignIn; user: User } => {
    const client = clientOf(c, clerk)
    const user = client?.signIn?.userId ? users.find(client.signIn.userId) : undefined
    if (!client || client.signIn?.id !== id || !user) throw notFound('sign in', id)
    return { client, signIn: client.signIn, user }
  }

  const complete = (c: Context, client: Client, signIn: SignIn, user: User, strategy: string) => {
    signIn.createdSessionId = sessions.start(client, user, strategy, causeOf(c)).id
    signIn.status = 'complete'
  }

  const byPassword = async (signIn: SignIn, user: User, password: string) => {
    if (!user.passwordHash) throw strategyInvalid('password')
    const verification = {
      strategy: 'password' as const,
      status: 'unverified' as const,
      attempts: 1,
      expireAt: null,
    }
    signIn.verification = verification
    if (!(await isPassword(password, user.passwordHash))) throw passwordIncorrect('password')
    signIn.verification = { ...verification, status: 'verified' }
  }

  /** @throws {ClerkError} when the proof is not good. */
  const attempt = async (c: Context, client: Client, signIn: SignIn, user: User, form: Form) => {
    const strategy = form.text('strategy') ?? 'password'
    sessions.assertMayEnter(user)
    switch (strategy) {
      case 'password':
        await byPassword(signIn, user, form.text('password') ?? '')
        return complete(c, client, signIn, user, strategy)
      case 'email_code':
        signIn.verification = verified(signIn.verification, form.text('code'))
        return complete(c, client, signIn, user, strategy)
      case 'reset_password_email_code':
        signIn.verification = verified(signIn.verification, form.text('code'))
        signIn.status = 'needs_new_password'
        return
      default:
        throw strategyInvalid(strategy)
    }
  }

  return new Hono()
    .post('/', async (c) => {
      const client = ensureClient(c, clerk)
      if (sessions.ofClient(client).length > 0) throw sessionExists()
      const form = await formOf(c)
      const identifier = form.text('identifier')
      const user = identifier === undefined ? undefined : users.findByEmail(identifier)
      if (identifier !== undefined && !user) throw identifierNotFound()
      const signIn: SignIn = {
        id: newId('sia', clerk.now()),
        status: user ? 'needs_first_factor' : 'needs_identifier',
        identifier: identifier ?? null,
        userId: user?.id ?? null,
        verification: null,
        createdSessionId: null,
        abandonAt: clerk.now() + DAY_MS,
      }
      client.signIn = signIn
      sessions.changed(client)
      if (user && form.text('password')) await attempt(c, client, signIn, user, form)
      return wire.wrapped(c, wire.signIn(signIn), client)
    })
    .get('/:id', (c) => {
      const { client, signIn } = attemptOf(c, c.req.param('id'))
      return wire.wrapped(c, wire.signIn(signIn), client)
    })
    .post('/:id/prepare_first_factor', async (c) => {
      const { client, signIn } = attemptOf(c, c.req.param('id'))
      const strategy = (await formOf(c)).text('strategy') ?? ''
      if (strategy !== 'email_code' && strategy !== 'reset_password_email_code')
        throw strategyInvalid(strategy)
      signIn.verification = codeSent(clerk.now(), strategy)
      sessions.changed(client)
      return wire.wrapped(c, wire.signIn(signIn), client)
    })
    .post('/:id/attempt_first_factor', async (c) => {
      const { client, signIn, user } = attemptOf(c, c.req.param('id'))
      await attempt(c, client, signIn, user, await formOf(c))
      sessions.changed(client)
      return wire.wrapped(c, wire.signIn(signIn), client)
    })
    .post('/:id/reset_password', async (c) => {
      const { client, signIn, user } = attemptOf(c, c.req.param('id'))
      if (signIn.status !== 'needs_new_password') throw notFound('sign in', signIn.id)
      const form = await formOf(c)
      const password = form.text('password') ?? ''
      checkPassword(password)
      const passwordHash = await hashPassword(password)
      users.update(user, { passwordHash, passwordUpdatedAt: clerk.now() }, causeOf(c))
      if (form.text('sign_out_of_other_sessions') === 'true') sessions.endAllOf(user.id)
      complete(c, client, signIn, user, 'reset_password_email_code')
      sessions.changed(client)
      return wire.wrapped(c, wire.signIn(signIn), client)
    })
}
