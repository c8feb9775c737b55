/** Clerk's public keys, for deployments that do not set `CLERK_JWT_KEY`. Cached for the isolate's life. */
import { waitUntil } from 'cloudflare:workers'
import * as z from 'zod/mini'
import { type ClerkSettings, getJson } from '../clerk/api.ts'
import { Problem } from '../errors.ts'

/** A key that Clerk has withdrawn works for this long at the most. */
const FRESH_MS = 5 * 60_000

/** Between two fetches for keys that we do not know, so that invented key ids cannot drive us against Clerk. */
const COOLDOWN_MS = 30_000

/** After a failure, unless Clerk itself names a time: long enough not to add to its trouble. */
const RETRY_MS = 5_000

const jwksSchema = z.object({ keys: z.array(z.unknown()) })

/** Clerk may add keys of other kinds; they are not ours to judge by. */
const rsaKeySchema = z.looseObject({ kid: z.string(), kty: z.literal('RSA'), n: z.string(), e: z.string() })

type Cache = {
  /** Key id → PEM. */
  keys: ReadonlyMap<string, string>
  fetchedAt: number
  refresh: Promise<void> | undefined
  failure: { problem: unknown; until: number } | undefined
}

const caches = new Map<string, Cache>()

/**
 * The public key with this id as PEM, or `undefined` when Clerk has none such.
 * @param now Milliseconds since the epoch.
 * @throws {Problem} `clerk_unavailable` when no keys could be had, `misconfigured` when Clerk refuses our secret key.
 */
export async function findPublicKey(
  clerk: ClerkSettings,
  kid: string,
  now: number,
): Promise<string | undefined> {
  let cache = caches.get(clerk.CLERK_API_URL)
  if (!cache) {
    cache = { keys: new Map(), fetchedAt: 0, refresh: undefined, failure: undefined }
    caches.set(clerk.CLERK_API_URL, cache)
  }
  const patience = cache.keys.has(kid) ? FRESH_MS : COOLDOWN_MS
  if (now - cache.fetchedAt > patience) await refreshOnce(cache, clerk, now)
  return cache.keys.get(kid)
}

/** Joins the fetch that is under way in this isolate, or starts one. */
async function refreshOnce(cache: Cache, clerk: ClerkSettings, now: number) {
  if (cache.failure && now < cache.failure.until) throw cache.failure.problem
  if (!cache.refresh) {
    cache.refresh = fetchKeys(cache, clerk, now).finally(() => {
      cache.refresh = undefined
    })
    // Others wait for it, too: it must not end with the request that happened to start it.
    waitUntil(cache.refresh.catch(() => {}))
  }
  await cache.refresh
}

async function fetchKeys(cache: Cache, clerk: ClerkSettings, now: number) {
  try {
    const { keys } = await getJson(clerk, '/v1/jwks', jwksSchema)
    const pems = (await Promise.all(keys.map(toPem))).filter((pem) => pem !== undefined)
    if (pems.length === 0) throw new Problem('clerk_unavailable', { facts: { clerk: 'no usable key' } })
    cache.keys = new Map(pems)
    cache.fetchedAt = now
    cache.failure = undefined
  } catch (problem) {
    const seconds = problem instanceof Problem ? problem.retryAfterSeconds : undefined
    cache.failure = { problem, until: now + (seconds ? seconds * 1000 : RETRY_MS) }
    throw problem
  }
}

/** In the form of `CLERK_JWT_KEY`. One odd key must not cost us the others. */
async function toPem(json: unknown): Promise<[kid: string, pem: string] | undefined> {
  const { data: jwk } = rsaKeySchema.safeParse(json)
  if (!jwk) return undefined
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  try {
    const { kid, kty, n, e } = jwk
    const key = await crypto.subtle.importKey('jwk', { kty, n, e }, algorithm, true, ['verify'])
    const spki = await crypto.subtle.exportKey('spki', key)
    if (!(spki instanceof ArrayBuffer)) return undefined
    const base64 = btoa(String.fromCharCode(...new Uint8Array(spki)))
    return [kid, `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----`]
  } catch {
    return undefined
  }
}
