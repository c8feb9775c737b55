/** Session tokens as Clerk mints them, and every way in which they can be wrong. */
import { env } from 'cloudflare:workers'

export const ISSUER = 'https://clerk.standin.localhost'
export const PARTY = 'https://app.example.com'
export const SESSION_ID = 'sess_2abcdefghijklmnopqrstuvwxyz'

export const HEADER = { alg: 'RS256', kid: 'ins_test', typ: 'JWT', cat: 'cl_B7d4PD111AAA' }

/** A `claims` of `undefined` leaves the claim out. */
export function sessionClaims(
  subject: string,
  claims: Record<string, unknown> = {},
): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return {
    azp: PARTY,
    exp: now + 60,
    fva: [0, -1],
    iat: now,
    iss: ISSUER,
    jti: crypto.randomUUID(),
    nbf: now - 10,
    sid: SESSION_ID,
    sts: 'active',
    sub: subject,
    v: 2,
    ...claims,
  }
}

/** A good token of this user. */
export const tokenFor = (subject: string, claims: Record<string, unknown> = {}): Promise<string> =>
  sign(HEADER, sessionClaims(subject, claims))

/** Signs whatever it is given: a string is taken as JSON that is already written. */
export async function sign(header: unknown, payload: unknown): Promise<string> {
  const input = `${encode(header)}.${encode(payload)}`
  const signature = await crypto.subtle.sign(
    'RSASSA-PKCS1-v1_5',
    await signingKey(),
    new TextEncoder().encode(input),
  )
  return `${input}.${base64url(new Uint8Array(signature))}`
}

export const encode = (value: unknown) =>
  base64url(new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)))

export const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** HMAC keyed with text that everybody can know: the public key, as in the classic confusion of algorithms. */
export async function signHmac(header: unknown, payload: unknown, keyText: string): Promise<string> {
  const input = `${encode(header)}.${encode(payload)}`
  const bytes = new TextEncoder().encode(keyText)
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return `${input}.${base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(input))))}`
}

/** The right key with another algorithm or hash of RSA's. */
export async function signWith(
  name: string,
  hash: string,
  header: unknown,
  payload: unknown,
): Promise<string> {
  const input = `${encode(header)}.${encode(payload)}`
  const key = await importKey({ name, hash })
  const algorithm = name === 'RSA-PSS' ? { name, saltLength: 32 } : { name }
  return `${input}.${base64url(new Uint8Array(await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(input))))}`
}

/** A key pair of the attacker's own. */
export async function signAsStranger(header: unknown, payload: unknown): Promise<string> {
  const pair = await crypto.subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    true,
    ['sign', 'verify'],
  )
  if (!('privateKey' in pair)) throw new TypeError('expected a key pair')
  const input = `${encode(header)}.${encode(payload)}`
  const signature = await crypto.subtle.sign(
    'RSASSA-PKCS1-v1_5',
    pair.privateKey,
    new TextEncoder().encode(input),
  )
  return `${input}.${base64url(new Uint8Array(signature))}`
}

let cachedKey: Promise<CryptoKey> | undefined
function signingKey() {
  cachedKey ??= importKey({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' })
  return cachedKey
}

function importKey(algorithm: { name: string; hash: string }) {
  const base64 = env.TEST_SIGNING_KEY.replace(/-----[A-Z ]+-----|\s/g, '')
  const der = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  return crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}
