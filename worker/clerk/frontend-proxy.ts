/**
 * Clerk's Frontend API under our own origin, at `/__clerk`. Deployments use it where Clerk's host is blocked or has no
 * domain of its own; the local stand-in is reached the same way.
 * @see https://clerk.com/docs/guides/dashboard/dns-domains/proxy-fapi
 */
import { clerkFrontendApiProxy, DEFAULT_PROXY_PATH } from '@clerk/backend/proxy'
import { createMiddleware } from 'hono/factory'
import { Problem } from '../errors.ts'
import type { AppEnv } from '../http.ts'

export const FRONTEND_PROXY_PATH = DEFAULT_PROXY_PATH

/** clerk-js sends no others, its own verb goes into the query. TRACE, for one, would echo our secret key. */
const METHODS = ['GET', 'HEAD', 'POST']

/** To the head of the answer. A person at a sign-in form has given up by then. */
const DEADLINE_MS = 10_000

/** By these a stranger could pass for another origin or address in Clerk's eyes. Cloudflare's own is not among them. */
const FORGEABLE = /^(x-forwarded-|x-original-|x-real-ip$|x-client-ip$|true-client-ip$|forwarded$)/

/** What pages of other origins may do with an answer of ours, and how ours is to be framed, is for us to say. */
const OURS_TO_SAY = /^(access-control-|content-security-policy|strict-transport-security$|x-frame-options$)/

/** @throws {Problem} `not_found` when `CLERK_FAPI_URL` is unset, `method_not_allowed`, `clerk_unavailable`. */
export const frontendProxy = createMiddleware<AppEnv>(async (c) => {
  const { CLERK_FAPI_URL, CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY } = c.get('config')
  // The router decodes a path before it matches, Clerk's library does not.
  const isBelow = new URL(c.req.url).pathname.startsWith(`${FRONTEND_PROXY_PATH}/`)
  if (!CLERK_FAPI_URL || !isBelow) throw new Problem('not_found')
  if (!METHODS.includes(c.req.method))
    throw new Problem('method_not_allowed', { headers: { Allow: METHODS.join(', ') } })

  const { method, headers, body } = c.req.raw
  const request = new Request(c.req.url, {
    method,
    headers: without(headers, FORGEABLE),
    body: method === 'POST' ? body : null,
  })
  const answer = clerkFrontendApiProxy(request, {
    publishableKey: CLERK_PUBLISHABLE_KEY.key,
    secretKey: CLERK_SECRET_KEY,
    fapiUrl: CLERK_FAPI_URL,
  })
  const response = await Promise.race([answer, scheduler.wait(DEADLINE_MS)])
  if (!response || response.status === 502)
    throw new Problem('clerk_unavailable', {
      facts: { clerk: response ? 'frontend api' : 'frontend api hangs' },
    })
  return new Response(response.body, {
    status: response.status,
    headers: without(response.headers, OURS_TO_SAY),
  })
})

function without(headers: Headers, names: RegExp): Headers {
  const kept = new Headers(headers)
  for (const name of headers.keys()) if (names.test(name)) kept.delete(name)
  return kept
}
