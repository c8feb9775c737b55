/** Clerk's keys: does each open something, and do they all belong to one instance? */
import { createPublicKey } from 'node:crypto'
import * as z from 'zod'
import { type ClerkSettings, getJson } from '../../worker/clerk/api.ts'
import { countUsers, type Range } from '../../worker/clerk/lists.ts'
import { Problem } from '../../worker/errors.ts'
import { number } from '../progress.ts'
import { bad, type Check, get, isLive, ok, reason, warn } from './check.ts'

const SAME_INSTANCE = 'Take both keys from the same instance: Clerk → API keys'

const DAY_MS = 24 * 60 * 60_000

/** The range of all users: a day ahead, because Clerk's clock may be. */
export const everybody = (now: number): Range => ({ after: 0, before: now + DAY_MS })

/** Asks Clerk how many users there are. Bad when it refuses the key, or cannot be reached. */
export const secretKey: Check = {
  name: 'secret key',
  needs: ['CLERK_SECRET_KEY', 'CLERK_API_URL'],
  async look({ config, source, now }) {
    try {
      const users = await countUsers(config, everybody(now))
      return ok(`${config.CLERK_API_URL} takes it, and counts ${number(users)} users`)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (error.code === 'misconfigured')
        return bad(
          `${config.CLERK_API_URL} refuses it (${error.facts.clerkStatus})`,
          'Copy it anew, whole: Clerk → API keys; then npx wrangler secret put CLERK_SECRET_KEY',
        )
      const isLocal = source === 'the local stack'
      return bad(
        `${config.CLERK_API_URL}: ${reason(error)}`,
        isLocal
          ? 'Start it: npm run dev'
          : 'Look at https://status.clerk.com, your network and CLERK_API_URL',
      )
    }
  },
}

/** Bad when it is none of the instance's: then nobody is let in. Without it a warning. */
export const jwtKey: Check = {
  name: 'JWT key',
  needs: ['CLERK_JWT_KEY', 'CLERK_SECRET_KEY', 'CLERK_API_URL'],
  async look({ config, source }) {
    const pem = config.CLERK_JWT_KEY
    if (!pem && source === 'the local stack') return ok('npm run dev sets the stand-in’s by itself')
    if (!pem)
      return warn(
        'CLERK_JWT_KEY is not set: while Clerk is down, those who are signed in cannot be recognised',
        'Set it: Clerk → API keys → JWKS / JWT public key → PEM public key',
      )
    const modulus = modulusOf(pem)
    if (!modulus)
      return bad('CLERK_JWT_KEY is no RSA key', 'Copy it anew, or take it out: keys are then fetched')
    const keys = await backendKeys(config)
    if (keys.some(({ n }) => n === modulus)) return ok('It is one of the instance’s public keys')
    return bad(
      'CLERK_JWT_KEY is none of the instance’s public keys: everybody is refused with 401',
      'Set the instance’s own PEM (Clerk → API keys), or take it out: keys are then fetched',
    )
  },
}

/** Bad when it is of another instance or kind than the secret key; a warning where its host shows no keys. */
export const publishableKey: Check = {
  name: 'publishable key',
  needs: ['CLERK_PUBLISHABLE_KEY', 'CLERK_SECRET_KEY', 'CLERK_API_URL', 'CLERK_FAPI_URL'],
  async look({ config }) {
    const kind = isLive(config) ? 'live' : 'test'
    if (!config.CLERK_SECRET_KEY.startsWith(`sk_${kind}_`))
      return bad(`The publishable key is pk_${kind}_…, and the secret key is not sk_${kind}_…`, SAME_INSTANCE)
    const { host } = config.CLERK_PUBLISHABLE_KEY
    const address = `${config.CLERK_FAPI_URL ?? `https://${host}`}/.well-known/jwks.json`
    const [ours, answer] = await Promise.all([backendKeys(config), get(address)])
    const theirs = publicKeys(answer?.json)
    if (answer?.status !== 200 || theirs.length === 0)
      return warn(
        `Not known: ${address} ${answer ? `answers ${answer.status} without keys` : 'does not answer'}`,
        `See that the host is right and its DNS is set up (Clerk → Domains), then: curl ${address}`,
      )
    if (theirs.some(({ kid }) => ours.some((key) => key.kid === kid)))
      return ok(`${host} is the secret key’s instance`)
    return bad(
      `${host} is another instance than the secret key’s: whoever signs in there is unknown here`,
      SAME_INSTANCE,
    )
  },
}

const keysSchema = z.object({ keys: z.array(z.unknown()) })
const keySchema = z.object({ kid: z.string(), n: z.string() })

const backendKeys = async (clerk: ClerkSettings) => publicKeys(await getJson(clerk, '/v1/jwks', keysSchema))

/** RSA keys alone: tokens are signed with no other. */
const publicKeys = (json: unknown) =>
  (keysSchema.safeParse(json).data?.keys ?? []).flatMap((key) => keySchema.safeParse(key).data ?? [])

function modulusOf(pem: string): string | undefined {
  try {
    return createPublicKey(pem).export({ format: 'jwk' }).n
  } catch {
    return undefined
  }
}
