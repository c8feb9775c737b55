/** Signing up: address, password, optional names, then the code. Mounted at `/v1/client/sign_ups`. */
import { type Context, Hono } from 'hono'
import { causeOf } from '../cause.ts'
import type { Clerk } from '../clerk.ts'
import { alreadyVerified, emailTaken, notFound, sessionExists, strategyInvalid } from '../errors.ts'
import { newId } from '../ids.ts'
import { checkPassword, hashPassword } from '../passwords.ts'
import type { Client, SignUp } from '../state.ts'
import { normalizeEmail } from '../users.ts'
import { codeSent, verified } from './codes.ts'
import { clientOf, ensureClient, type Form, formOf, metadataOf } from './request.ts'
import type { FrontendWire } from './wire.ts'

const DAY_MS = 24 * 60 * 60_000

export function signUpRoutes(clerk: Clerk, wire: FrontendWire): Hono {
  const { users, sessions } = clerk

  const attemptOf = (c: Context, id: string): { client: Client; signUp: SignUp } => {
    const client = clientOf(c, clerk)
    if (!client || client.signUp?.id !== id) throw notFound('sign up', id)
    return { client, signUp: client.signUp }
  }

  /** Takes over what the form brings; throws before it has changed anything. */
  const fill = async (signUp: SignUp, form: Form) => {
    const address = form.text('email_address')
    const email = address === undefined ? undefined : normalizeEmail(address)
    if (email && users.findByEmail(email)) throw emailTaken()
    const password = form.text('password')
    if (password) checkPassword(password)
    const passwordHash = password && (await hashPassword(password))
    if (email && email !== signUp.emailAddress) {
      signUp.emailAddress = email
      signUp.verification = null
    }
    if (passwordHash) signUp.passwordHash = passwordHash
    const [firstName, lastName] = [form.nullable('first_name'), form.nullable('last_name')]
    if (firstName !== undefined) signUp.firstName = firstName
    if (lastName !== undefined) signUp.lastName = lastName
    if (form.text('unsafe_metadata')) signUp.unsafeMetadata = metadataOf(form.text('unsafe_metadata'))
    if (form.text('legal_accepted') === 'true') signUp.legalAcceptedAt = clerk.now()
  }

  const completeIfReady = (c: Context, client: Client, signUp: SignUp) => {
    const { emailAddress, passwordHash, verification } = signUp
    if (!emailAddress || !passwordHash || verification?.status !== 'verified') return
    const user = users.create(
      {
        firstName: signUp.firstName,
        lastName: signUp.lastName,
        passwordHash,
        unsafeMetadata: signUp.unsafeMetadata,
        legalAcceptedAt: signUp.legalAcceptedAt,
        addresses: [{ address: emailAddress, verification }],
      },
      causeOf(c),
    )
    signUp.status = 'complete'
    signUp.createdUserId = user.id
    signUp.createdSessionId = sessions.start(client, user, 'email_code', causeOf(c)).id
  }

  return new Hono()
    .post('/', async (c) => {
      const client = ensureClient(c, clerk)
      if (sessions.ofClient(client).length > 0) throw sessionExists()
      const now = clerk.now()
      const signUp: SignUp = {
        id: newId('sua', now),
        status: 'missing_requirements',
        emailAddress: null,
        firstName: null,
        lastName: null,
        passwordHash: null,
        unsafeMetadata: {},
        legalAcceptedAt: null,
        verification: null,
        createdSessionId: null,
        createdUserId: null,
        abandonAt: now + DAY_MS,
      }
      await fill(signUp, await formOf(c))
      client.signUp = signUp
      sessions.changed(client)
      return wire.wrapped(c, wire.signUp(signUp), client)
    })
    .get('/:id', (c) => {
      const { client, signUp } = attemptOf(c, c.req.param('id'))
      return wire.wrapped(c, wire.signUp(signUp), client)
    })
    .patch('/:id', async (c) => {
      const { client, signUp } = attemptOf(c, c.req.param('id'))
      await fill(signUp, await formOf(c))
      completeIfReady(c, client, signUp)
      sessions.changed(client)
      return wire.wrapped(c, wire.signUp(signUp), client)
    })
    .post('/:id/prepare_verification', async (c) => {
      const { client, signUp } = attemptOf(c, c.req.param('id'))
      const strategy = (await formOf(c)).text('strategy') ?? ''
      if (strategy !== 'email_code') throw strategyInvalid(strategy)
      if (signUp.verification?.status === 'verified') throw alreadyVerified()
      signUp.verification = codeSent(clerk.now())
      sessions.changed(client)
      return wire.wrapped(c, wire.signUp(signUp), client)
    })
    .post('/:id/attempt_verification', async (c) => {
      const { client, signUp } = attemptOf(c, c.req.param('id'))
      if (signUp.verification?.status === 'verified') throw alreadyVerified()
      signUp.verification = verified(signUp.verification, (await formOf(c)).text('code'))
      completeIfReady(c, client, signUp)
      sessions.changed(client)
      return wire.wrapped(c, wire.signUp(signUp), client)
    })
}
