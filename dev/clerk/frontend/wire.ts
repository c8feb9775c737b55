/** Clerk's JSON of browsers, sessions and attempts: `Client.*` of the Frontend API's OpenAPI of 2026-05-12. */
import type { Context } from 'hono'
import type { Clerk } from '../clerk.ts'
import type { Client, Session, SignIn, SignUp, User } from '../state.ts'
import { isVerified } from '../users.ts'
import { faceJson, publicUserJson, userJson, verificationJson } from '../wire.ts'
import { clientOf, originOf } from './request.ts'

export class FrontendWire {
  readonly #clerk: Clerk

  constructor(clerk: Clerk) {
    this.#clerk = clerk
  }

  user(user: User) {
    return userJson(user, this.#clerk.images.urlOf, this.#clerk.now())
  }

  async token(c: Context, session: Session) {
    const jwt = await this.#clerk.signer.sessionToken(session, originOf(c), this.#clerk.now())
    return { object: 'token', jwt }
  }

  sessionBase(session: Session) {
    return {
      id: session.id,
      object: 'session',
      status: session.status,
      expire_at: session.expireAt,
      abandon_at: session.abandonAt,
      last_active_at: session.lastActiveAt,
      actor: null,
      created_at: session.createdAt,
      updated_at: session.updatedAt,
    }
  }

  /** A dead session has no token. */
  async session(c: Context, session: Session, user: User) {
    const minutes = Math.floor((this.#clerk.now() - session.verifiedAt) / 60_000)
    return {
      ...this.sessionBase(session),
      last_active_token: session.status === 'active' ? await this.token(c, session) : null,
      last_active_organization_id: null,
      user: this.user(user),
      public_user_data: publicUserJson(user, this.#clerk.images.urlOf),
      factor_verification_age: [Math.max(0, minutes), -1],
      tasks: null,
    }
  }

  async client(c: Context, client: Client | undefined) {
    if (!client) return null
    const { sessions, users } = this.#clerk
    const live = sessions.ofClient(client).flatMap((session) => {
      const user = users.find(session.userId)
      return user ? [this.session(c, session, user)] : []
    })
    return {
      object: 'client',
      id: client.id,
      sessions: await Promise.all(live),
      // A finished attempt is history: only an open one can be gone on with.
      sign_in: client.signIn?.status === 'complete' ? null : this.signIn(client.signIn),
      sign_up: client.signUp?.status === 'complete' ? null : this.signUp(client.signUp),
      last_active_session_id: client.lastActiveSessionId,
      last_authentication_strategy: client.lastAuthenticationStrategy,
      cookie_expires_at: null,
      captcha_bypass: false,
      created_at: client.createdAt,
      updated_at: client.updatedAt,
    }
  }

  signIn(signIn: SignIn | null) {
    if (!signIn) return null
    const user = signIn.userId ? this.#clerk.users.find(signIn.userId) : undefined
    return {
      object: 'sign_in_attempt',
      id: signIn.id,
      status: signIn.status,
      supported_identifiers: ['email_address'],
      supported_first_factors: user ? [...firstFactors(user), ...resetFactors(user)] : null,
      supported_second_factors: null,
      first_factor_verification: verificationJson(signIn.verification),
      second_factor_verification: null,
      identifier: signIn.identifier,
      user_data: user ? faceJson(user, this.#clerk.images.urlOf) : null,
      created_session_id: signIn.createdSessionId,
      abandon_at: signIn.abandonAt,
    }
  }

  signUp(signUp: SignUp | null) {
    if (!signUp) return null
    const missing = [
      ...(signUp.emailAddress ? [] : ['email_address']),
      ...(signUp.passwordHash ? [] : ['password']),
    ]
    const unverified = signUp.emailAddress !== null && signUp.verification?.status !== 'verified'
    return {
      object: 'sign_up_attempt',
      id: signUp.id,
      status: signUp.status,
      required_fields: ['email_address', 'password'],
      optional_fields: ['first_name', 'last_name'],
      missing_fields: missing,
      unverified_fields: unverified ? ['email_address'] : [],
      verifications: {
        email_address: signUp.verification && {
          ...verificationJson(signUp.verification),
          next_action: unverified ? 'needs_attempt' : '',
          supported_strategies: ['email_code'],
        },
        phone_number: null,
        web3_wallet: null,
        external_account: null,
      },
      username: null,
      email_address: signUp.emailAddress,
      phone_number: null,
      web3_wallet: null,
      password_enabled: signUp.passwordHash !== null,
      first_name: signUp.firstName,
      last_name: signUp.lastName,
      unsafe_metadata: signUp.unsafeMetadata,
      public_metadata: {},
      custom_action: false,
      external_id: null,
      created_session_id: signUp.createdSessionId,
      created_user_id: signUp.createdUserId,
      abandon_at: signUp.abandonAt,
      legal_accepted_at: signUp.legalAcceptedAt,
    }
  }

  /** `{ response, client }`: how every answer but a token is wrapped, so that clerk-js stays up to date. */
  async wrapped(c: Context, response: unknown, client = clientOf(c, this.#clerk)) {
    return c.json({ response, client: await this.client(c, client) })
  }
}

/** How a user may prove who they are. */
export const firstFactors = (user: User) => [
  ...(user.passwordHash ? [{ strategy: 'password' }] : []),
  ...emailFactors(user, 'email_code'),
]

const resetFactors = (user: User) =>
  user.passwordHash ? emailFactors(user, 'reset_password_email_code') : []

const emailFactors = (user: User, strategy: string) =>
  user.emailAddresses.filter(isVerified).map((email) => ({
    strategy,
    safe_identifier: email.address,
    email_address_id: email.id,
    primary: email.id === user.primaryEmailAddressId,
  }))
