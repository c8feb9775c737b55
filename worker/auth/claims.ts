/**
 * What a Clerk session token must say beyond bearing a good signature. Pure: no clock, no network.
 *
 * `verifyJwt` lets through a foreign or missing issuer, lifetimes of centuries, missing times, subjects that are no
 * users, sessions that are still pending, and headers with critical extensions. All of that is refused here.
 * @see https://clerk.com/docs/guides/sessions/session-tokens#default-claims
 */
import * as z from 'zod/mini'
import { USER_ID } from '../clerk/user-json.ts'

/** Subject and session that a request has proved. */
export type Identity = {
  /** Clerk's user id. */
  subject: string
  sessionId: string
  /** Somebody of ours acts as the user (`act`): may look, does not count as the user's own activity. */
  impersonated: boolean
}

export type Verdict =
  | { ok: true; identity: Identity }
  | { ok: false; code: 'unauthenticated' | 'session_pending'; reason: string }

type Expectations = {
  /** The Frontend API's URLs, as Clerk may name it. */
  issuers: readonly string[]
  /** Origins that tokens may have been minted for. */
  authorizedParties: readonly string[]
  /** Milliseconds since the epoch. */
  now: number
}

/** Clerk's own tolerance between its clock and ours. */
const CLOCK_SKEW_SECONDS = 5

/** Clerk's session tokens live 60 s. Five minutes leave room for a change of Clerk's and none for a token of years. */
const MAX_LIFETIME_SECONDS = 300

const headerSchema = z.object({ alg: z.literal('RS256'), typ: z.literal('JWT'), crit: z.optional(z.never()) })

const claimsSchema = z.object({
  iss: z.string(),
  azp: z.string(),
  sub: z.string().check(z.regex(USER_ID)),
  sid: z.string().check(z.regex(/^sess_[A-Za-z0-9]+$/)),
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
  sts: z.optional(z.enum(['active', 'pending'])),
  act: z.optional(z.unknown()),
})

export const reject = (reason: string): Verdict => ({ ok: false, code: 'unauthenticated', reason })

/** Judges the header and claims of a token whose signature is good. `reason` is for the log, never for the client. */
export function checkClaims(header: unknown, payload: unknown, expected: Expectations): Verdict {
  if (!headerSchema.safeParse(header).success) return reject('header')
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) return reject(`claim ${String(parsed.error.issues[0]?.path[0])}`)

  const { iss, azp, sub, sid, iat, nbf, exp, sts, act } = parsed.data
  const now = expected.now / 1000
  if (!expected.issuers.includes(iss)) return reject('issuer')
  if (!expected.authorizedParties.includes(azp)) return reject('authorized party')
  if (exp + CLOCK_SKEW_SECONDS <= now) return reject('expired')
  if (nbf - CLOCK_SKEW_SECONDS > now) return reject('not yet valid')
  if (iat - CLOCK_SKEW_SECONDS > now) return reject('issued in the future')
  if (exp - iat > MAX_LIFETIME_SECONDS) return reject('lifetime')
  if (sts === 'pending') return { ok: false, code: 'session_pending', reason: 'pending' }
  return { ok: true, identity: { subject: sub, sessionId: sid, impersonated: act !== undefined } }
}
