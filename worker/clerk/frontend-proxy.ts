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

/** Headers that a stranger could use to pass for another origin or address in Clerk's eyes. */
const FORGEABLE = ['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Real-IP', 'Forwarded']

/** @throws {Problem} `not_found` when `CLERK_FAPI_URL` is unset, `clerk_unavailable` when it does not answer. */
export const frontendProxy = createMiddleware<AppEnv>(async (c) => {
  const { CLERK_FAPI_URL, CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY } = c.get('config')
  if (!CLERK_FAPI_URL) throw new Problem('not_found')
  const request = new Request(c.req.raw)
  for (const name of FORGEABLE) request.headers.delete(name)
  const response = await clerkFrontendApiProxy(request, {
    publishableKey: CLERK_PUBLISHABLE_KEY.key,
    secretKey: CLERK_SECRET_KEY,
    fapiUrl: CLERK_FAPI_URL,
  })
  if (response.status === 502) throw new Problem('clerk_unavailable', { facts: { clerk: 'frontend api' } })
  return response
})
