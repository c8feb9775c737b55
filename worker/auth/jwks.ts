/** Clerk's public keys, for deployments that do not set `CLERK_JWT_KEY`. Cached for the isolate's life. */
import * as z from 'zod/mini'
import { CLERK_DEADLINE_MS, type ClerkSettings, getJson } from '../clerk/api.ts'
import { Problem } from '../errors.ts'

/** A key that Clerk has withdrawn works for this long at the most. */
const FRESH_MS = 5 * 60_000

/** Between two fetches for keys that we do not know, so that invented key ids cannot drive us against Clerk. */
const COOLDOWN_MS = 30_000

const jwksSchema = z.object({
  keys: z.array(z.looseObject({ kid: z.string(), kty: z.string(), n: z.string(), e: z.string() })),
})

type Cache = {
  /** Key id → PEM. */
  keys: ReadonlyMap<string, string>
  fetchedAt: number
  refresh: Promise<void> | undefined
  refreshStartedAt: number
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
    cache = { keys: new Map(), fetchedAt: 0, refresh: undefined, refreshStartedAt: 0 }
    caches.set(clerk.CLERK_API_URL, cache)
  }
  const patience = cache.keys.has(kid) ? FRESH_MS : COOLDOWN_MS
  if (now - cache.fetchedAt > patience) await refreshOnce(cache, clerk, now)
  return cache.keys.get(kid)
}

/** Joins the fetch that is under way in this isolate, or starts one. */
async function refreshOnce(cache: Cache, clerk: ClerkSettings, now: number) {
  // A request that is cancelled takes its fetch with it and leaves a promise that never settles: hence the ages.
  if (!cache.refresh || now - cache.refreshStartedAt > CLERK_DEADLINE_MS) {
    cache.refreshStartedAt = now
    cache.refresh = fetchKeys(cache, clerk, now).finally(() => {
      cache.refresh = undefined
    })
  }
  const lateness = scheduler.wait(CLERK_DEADLINE_MS).then(() => {
    throw new Problem('clerk_unavailable')
  })
  await Promise.race([cache.refresh, lateness])
}

async function fetchKeys(cache: Cache, clerk: ClerkSettings, now: number) {
  const { keys } = await getJson(clerk, '/v1/jwks', jwksSchema)
  cache.keys = new Map(await Promise.all(keys.map(async (key) => [key.kid, await toPem(key)] as const)))
  cache.fetchedAt = now
}

/** `verifyToken` takes its key as PEM alone. */
async function toPem(jwk: JsonWebKey): Promise<string> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey(
    'jwk',
    { ...jwk, use: 'sig', key_ops: ['verify'] },
    algorithm,
    true,
    ['verify'],
  )
  const spki = await crypto.subtle.exportKey('spki', key)
  if (!(spki instanceof ArrayBuffer)) throw new Problem('internal')
  const base64 = btoa(String.fromCharCode(...new Uint8Array(spki)))
  return `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----`
}
