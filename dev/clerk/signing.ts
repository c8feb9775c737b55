/** The instance's RSA key, its JWKS, and session tokens. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { promisify } from 'node:util'
import { type JWK, SignJWT } from 'jose'
import { CLERK_HOST } from '../settings.ts'
import type { Session } from './state.ts'

/** Clerk's default life of a session token, and how far it dates `nbf` back for slow clocks. */
const TOKEN_SECONDS = 60
const BACKDATE_SECONDS = 10

export async function generateSigningKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

export class Signer {
  readonly publicKeyPem: string
  readonly jwk: JWK & { kid: string }
  readonly #key: KeyObject

  /** @param pem PKCS#8, RSA. */
  constructor(pem: string) {
    this.#key = createPrivateKey(pem)
    if (this.#key.asymmetricKeyType !== 'rsa')
      throw new Error('the signing key must be an RSA key in PKCS#8 PEM')
    const publicKey = createPublicKey(this.#key)
    this.publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const { n, e, kty } = publicKey.export({ format: 'jwk' })
    if (!n || !e || !kty) throw new Error('the signing key has no public part')
    // Follows the key, so that a new key is a new kid and no verifier mixes them up.
    const kid = `ins_${createHash('sha256').update(n).digest('hex').slice(0, 27)}`
    this.jwk = { use: 'sig', kty, kid, alg: 'RS256', n, e }
  }

  /**
   * Clerk's default claims, version 2 (https://clerk.com/docs/guides/sessions/session-tokens).
   * @param azp the page's origin; Clerk leaves the claim out when a request names none.
   */
  sessionToken(session: Session, azp: string | undefined, now: number): Promise<string> {
    const iat = Math.floor(now / 1000)
    const minutesSinceFirstFactor = Math.max(0, Math.floor((now - session.verifiedAt) / 60_000))
    return new SignJWT({
      ...(azp && { azp }),
      exp: iat + TOKEN_SECONDS,
      fva: [minutesSinceFirstFactor, -1],
      iat,
      iss: `https://${CLERK_HOST}`,
      jti: randomBytes(10).toString('hex'),
      nbf: iat - BACKDATE_SECONDS,
      sid: session.id,
      sts: 'active',
      sub: session.userId,
      v: 2,
    })
      .setProtectedHeader({ alg: 'RS256', kid: this.jwk.kid, typ: 'JWT' })
      .sign(this.#key)
  }
}
