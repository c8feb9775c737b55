/** From a bearer token to a proved identity: Clerk's library for the signature, our own checks for the claims. */
import { decodeJwt, verifyJwt } from '@clerk/backend/jwt'
import { FRONTEND_PROXY_PATH } from '../clerk/frontend-proxy.ts'
import type { Config } from '../env.ts'
import { checkClaims, reject, type Verdict } from './claims.ts'
import { findPublicKey } from './jwks.ts'

/** Clerk keeps its tokens below a cookie's 4 KiB. */
const MAX_TOKEN_CHARS = 8192

const COMPACT_JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * @param now Milliseconds since the epoch.
 * @throws {Problem} `clerk_unavailable` when the public keys are needed and cannot be had: that is not the user's fault.
 */
export async function verifySessionToken(token: string, config: Config, now: number): Promise<Verdict> {
  if (token.length > MAX_TOKEN_CHARS || !COMPACT_JWT.test(token)) return reject('shape')
  const header = decodeHeader(token)
  if (typeof header?.kid !== 'string' || header.alg !== 'RS256') return reject('header')

  const key = config.CLERK_JWT_KEY ?? (await findPublicKey(config, header.kid, now))
  if (!key) return reject('unknown key')

  try {
    const claims = await verifyJwt(token, { key, authorizedParties: config.CLERK_AUTHORIZED_PARTIES })
    return checkClaims(header, claims, {
      issuers: issuers(config),
      authorizedParties: config.CLERK_AUTHORIZED_PARTIES,
      now,
    })
  } catch (error) {
    // It throws its own errors for what it refuses and bare TypeErrors for what it did not expect.
    return reject(error instanceof Error && 'reason' in error ? String(error.reason) : 'signature or claims')
  }
}

/** An instance that is proxied names itself by the proxy's URL. */
function issuers({ CLERK_PUBLISHABLE_KEY, CLERK_FAPI_URL, CLERK_AUTHORIZED_PARTIES }: Config): string[] {
  const proxies = CLERK_FAPI_URL
    ? CLERK_AUTHORIZED_PARTIES.map((origin) => `${origin}${FRONTEND_PROXY_PATH}`)
    : []
  return [`https://${CLERK_PUBLISHABLE_KEY.host}`, ...proxies]
}

function decodeHeader(token: string) {
  try {
    return decodeJwt(token).header
  } catch {
    return undefined
  }
}
