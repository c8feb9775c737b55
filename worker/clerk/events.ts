/**
 * What Clerk's webhook says, and the proof that Clerk says it. Clerk's deliveries are Svix's: at least once, in any order.
 * @see https://docs.svix.com/receiving/verifying-payloads/how-manual
 */
import { Webhook } from 'svix'
import * as z from 'zod/mini'
import type { Config } from '../env.ts'
import { Problem } from '../errors.ts'
import { parseUser, USER_ID, type UserSnapshot } from './user-json.ts'

/** What an authentic delivery means to us. */
export type Event =
  | { kind: 'snapshot'; type: string; snapshot: UserSnapshot }
  | { kind: 'deleted'; type: string; userId: string }
  /** `userId`: of our instance's user whom it is about, where that can be read; Clerk can be asked for that user instead. */
  | { kind: 'unusable'; type: string; reason: string; userId?: string }

/** Svix's own limits: a key has 24 to 64 bytes. A shorter one is a mistake, and could be guessed. */
const MIN_KEY_BYTES = 24

/** Between the time of signing and now, in both directions; Svix's own tolerance. */
const TOLERANCE_SECONDS = 300

// Svix's library reads `12abc` and `12.5` as 12: the headers are held to their form before it sees them.
const headersSchema = z.object({
  'svix-id': z.string().check(z.regex(/^[\w.-]{1,255}$/)),
  'svix-timestamp': z.string().check(z.regex(/^\d{1,12}$/)),
  'svix-signature': z.string().check(z.regex(/^\S+( \S+)*$/)),
})

/**
 * Verifies the raw bytes: a body parsed and written again has other bytes.
 * @param now Milliseconds since the epoch.
 * @returns the message's id.
 * @throws {Problem} `bad_request` when it is not authentic, `misconfigured` without a good secret.
 */
export function verifyDelivery(headers: Headers, body: Uint8Array, config: Config, now: number): string {
  const secrets = signingSecrets(config)
  const parsed = headersSchema.safeParse(Object.fromEntries(headers))
  if (!parsed.success) throw forged('headers')
  if (Math.abs(Math.floor(now / 1000) - Number(parsed.data['svix-timestamp'])) > TOLERANCE_SECONDS)
    throw forged('time')
  let payload: string
  try {
    // Without this option a byte order mark would be dropped, and with it a byte that was signed, or was not.
    payload = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    throw forged('encoding')
  }
  if (!secrets.some((secret) => isSigned(secret, payload, parsed.data))) throw forged('signature')
  return parsed.data['svix-id']
}

const forged = (refused: string) => new Problem('bad_request', { facts: { refused } })

function isSigned(secret: string, payload: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(payload, headers)
    return true
  } catch {
    return false
  }
}

/** Two while one takes the place of the other. */
function signingSecrets({ CLERK_WEBHOOK_SIGNING_SECRET }: Config): string[] {
  const secrets = CLERK_WEBHOOK_SIGNING_SECRET ?? []
  if (secrets.length === 0 || !secrets.every(isSigningSecret))
    throw new Problem('misconfigured', { facts: { variables: ['CLERK_WEBHOOK_SIGNING_SECRET'] } })
  return secrets
}

/** `whsec_` and the base64 of a key that is long enough. */
export function isSigningSecret(secret: string): boolean {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(secret) ?? []
  return base64 !== undefined && Math.floor((base64.replaceAll('=', '').length * 3) / 4) >= MIN_KEY_BYTES
}

const envelopeSchema = z.object({
  type: z.string().check(z.minLength(1), z.maxLength(100)),
  instance_id: z.nullish(z.string()),
  data: z.unknown(),
})

const userIdSchema = z.object({ id: z.string().check(z.regex(USER_ID)) })
const deletionSchema = z.object({ id: z.string().check(z.regex(USER_ID)), deleted: z.literal(true) })

/** Reads an authentic body. Never throws: what cannot be used is said to be so, and why. */
export function readEvent(body: Uint8Array, config: Config): Event {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(body))
  } catch {
    return unusable('?', 'not JSON')
  }
  const envelope = envelopeSchema.safeParse(json)
  if (!envelope.success) return unusable('?', 'not an event')
  const { type, instance_id, data } = envelope.data
  // A development instance shall never write to production.
  if (config.CLERK_INSTANCE_ID && instance_id !== config.CLERK_INSTANCE_ID)
    return unusable(type, 'another instance')
  switch (type) {
    case 'user.created':
    case 'user.updated': {
      const snapshot = parseUser(data)
      return snapshot ? { kind: 'snapshot', type, snapshot } : unusable(type, 'not a user', data)
    }
    case 'user.deleted': {
      const deletion = deletionSchema.safeParse(data)
      return deletion.success
        ? { kind: 'deleted', type, userId: deletion.data.id }
        : unusable(type, 'not a deletion', data)
    }
    default:
      return unusable(type, 'unknown type')
  }
}

/** PostgreSQL holds no NUL, and whoever signs may still write one. */
function unusable(type: string, reason: string, data?: unknown): Event {
  const userId = userIdSchema.safeParse(data).data?.id
  return {
    kind: 'unusable',
    type: type.replaceAll('\0', '').toWellFormed(),
    reason,
    ...(userId && { userId }),
  }
}
