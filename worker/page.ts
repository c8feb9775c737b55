/**
 * The page: one build for every deployment. The Worker writes this deployment's public settings into it and allows its
 * scripts by a Content-Security-Policy that names this deployment's Clerk.
 */
import { createMiddleware } from 'hono/factory'
import { FRONTEND_PROXY_PATH } from './clerk/frontend-proxy.ts'
import { type Config, readConfig } from './env.ts'
import { Problem } from './errors.ts'
import type { AppEnv } from './http.ts'

/** The paths that the page's router knows, with all below them. */
const PLACES = ['/account', '/admin', '/chat', '/sign-in', '/sign-up']

/**
 * Answers every path that is neither a file nor an API's with the page, whose own router takes it from there. What looks
 * like a file is a missing one: nobody shall take the page for `/.env` or a source map.
 * @throws {Problem} `method_not_allowed`, `not_found`.
 */
export const page = createMiddleware<AppEnv>(async (c) => {
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD')
    throw new Problem('method_not_allowed', { headers: { Allow: 'GET, HEAD' } })
  const url = new URL(c.req.url)
  if (looksLikeFile(url.pathname)) throw new Problem('not_found')

  const html = await c.env.ASSETS.fetch(new URL('/index.html', url))
  if (!html.ok) throw new Problem('internal', { facts: { asset: 'index.html' } })
  const config = readableConfig(c.env)
  const response = new HTMLRewriter()
    .on('meta[name="clerk-publishable-key"]', fill(config?.CLERK_PUBLISHABLE_KEY.key))
    .on('meta[name="clerk-proxy-url"]', fill(config?.CLERK_FAPI_URL && FRONTEND_PROXY_PATH))
    .transform(html)
  return new Response(response.body, {
    // An unknown place is a 404 to whoever crawls or probes, and to a person a page that leads back.
    status: isPlace(url.pathname) ? 200 : 404,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': contentSecurityPolicy(config),
    },
  })
})

const isPlace = (pathname: string) =>
  pathname === '/' || PLACES.some((place) => pathname === place || pathname.startsWith(`${place}/`))

/** Any segment with a dot, however it is written. */
function looksLikeFile(pathname: string): boolean {
  return /\.|%2e/i.test(pathname)
}

/** A page that cannot be set up still opens, and says so itself. */
function readableConfig(bindings: AppEnv['Bindings']): Config | undefined {
  try {
    return readConfig(bindings)
  } catch {
    return undefined
  }
}

const fill = (content: string | undefined): HTMLRewriterElementContentHandlers => ({
  element: (element) => void element.setAttribute('content', content ?? ''),
})

/** @see https://clerk.com/docs/guides/secure/best-practices/csp-headers */
function contentSecurityPolicy(config: Config | undefined): string {
  const clerk = config && !config.CLERK_FAPI_URL ? ` https://${config.CLERK_PUBLISHABLE_KEY.host}` : ''
  const botProtection = ' https://challenges.cloudflare.com'
  return [
    "default-src 'none'",
    `script-src 'self'${clerk}${botProtection}`,
    // Clerk's components put their styles into the document.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob: https://img.clerk.com",
    "font-src 'self'",
    `connect-src 'self'${clerk}`,
    "worker-src 'self' blob:",
    `frame-src${botProtection}`,
    "form-action 'self'",
    "base-uri 'none'",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}
