/** What the Frontend API's routes know of a request: the browser behind it, its session, its form, its page's origin. */
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Clerk } from '../clerk.ts'
import { signedOut } from '../errors.ts'
import type { Client, Session, User } from '../state.ts'

const CLIENT_COOKIE = '__client'
const YEAR_SECONDS = 365 * 24 * 60 * 60

/** The page's origin, as a token's authorized party; GET carries no Origin, the proxy's address stands in for it. */
export function originOf(c: Context): string | undefined {
  const origin = c.req.header('origin')
  if (origin) return origin === 'null' ? undefined : origin
  const proxyUrl = c.req.header('clerk-proxy-url')
  return proxyUrl && URL.canParse(proxyUrl) ? new URL(proxyUrl).origin : undefined
}

export function clientOf(c: Context, clerk: Clerk): Client | undefined {
  const cookie = getCookie(c, CLIENT_COOKIE)
  return cookie ? clerk.sessions.clientOf(cookie) : undefined
}

/** A browser gets its cookie when it first signs in or up. */
export function ensureClient(c: Context, clerk: Clerk): Client {
  const known = clientOf(c, clerk)
  if (known) return known
  const client = clerk.sessions.createClient()
  setCookie(c, CLIENT_COOKIE, client.cookie, {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    maxAge: YEAR_SECONDS,
  })
  return client
}

type SignedIn = { client: Client; session: Session; user: User }

/**
 * @param id the session's; `/me` has it in `_clerk_session_id`.
 * @throws {ClerkError} 401 when this browser has no such live session.
 */
export function signedIn(c: Context, clerk: Clerk, id = c.req.query('_clerk_session_id')): SignedIn {
  const client = clientOf(c, clerk)
  const sessionId = id ?? client?.lastActiveSessionId
  const found = client && sessionId ? clerk.sessions.find(client, sessionId) : undefined
  if (!client || !found) throw signedOut()
  return { client, ...found }
}

/** The form's text fields; clerk-js sends null as the empty string. */
export type Form = {
  text: (name: string) => string | undefined
  /** Undefined when the field was not sent, null when it was sent empty. */
  nullable: (name: string) => string | null | undefined
  file: (name: string) => File | undefined
}

export async function formOf(c: Context): Promise<Form> {
  const body = await c.req.parseBody()
  const text = (name: string) => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined
    return typeof value === 'string' ? value : undefined
  }
  return {
    text: (name) => text(name) || undefined,
    nullable: (name) => {
      const value = text(name)
      return value === '' ? null : value
    },
    file: (name) => {
      const value = Object.hasOwn(body, name) ? body[name] : undefined
      return value instanceof File ? value : undefined
    },
  }
}

/** clerk-js sends objects as JSON text. */
export function metadataOf(text: string | undefined): Record<string, unknown> {
  if (!text) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}
