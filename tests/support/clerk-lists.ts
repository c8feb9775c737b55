/**
 * Clerk's lists, counts and single users for as many users as one likes, at Clerk's rate limit: what the stand-in is too
 * thorough for. Written from Clerk's OpenAPI of 2026-05-12, `GetUserList`, `GetUsersCount` and `GetInstance`.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type ListedUser = {
  id: string
  created_at: number
  updated_at: number
  email: string | null
  first_name?: string | null
  banned?: boolean
}

/** An answer instead of the right one. */
export type Odd = { status: number; body: string; headers?: Record<string, string> }

export type ClerkLists = Awaited<ReturnType<typeof startClerkLists>>

/** Whose users they are. */
export const INSTANCE = 'ins_Lists'

/** Clerk's limit in production. */
const RATE = { requests: 1000, seconds: 10 }

export async function startClerkLists({ limited = false }: { limited?: boolean } = {}) {
  let byCreation: ListedUser[] = []
  let isSorted = true
  const byId = new Map<string, ListedUser>()
  const requests: string[] = []
  let instance = INSTANCE
  let odd: (path: string, query: URLSearchParams) => Odd | undefined = () => undefined
  let window = { began: Number.NEGATIVE_INFINITY, requests: 0 }
  let refused = 0

  /** Sorted when somebody asks, because millions are put in piece by piece. */
  const sorted = () => {
    if (!isSorted)
      byCreation = [...byId.values()].sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
    isSorted = true
    return byCreation
  }

  /** The seconds until there is room for another request; 0 when there is. */
  const wait = () => {
    const now = performance.now() / 1000
    if (now - window.began >= RATE.seconds) window = { began: now, requests: 0 }
    window.requests += 1
    return window.requests > RATE.requests ? Math.ceil(window.began + RATE.seconds - now) : 0
  }

  const firstAfter = (created: number) => {
    let [low, high] = [0, sorted().length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((byCreation[middle]?.created_at ?? 0) <= created) low = middle + 1
      else high = middle
    }
    return low
  }
  const bounds = (query: URLSearchParams) => ({
    start: query.has('created_at_after') ? firstAfter(Number(query.get('created_at_after'))) : 0,
    end: query.has('created_at_before')
      ? firstAfter(Number(query.get('created_at_before')) - 1)
      : sorted().length,
  })

  function page(query: URLSearchParams): ListedUser[] | undefined {
    const limit = Number(query.get('limit') ?? 10)
    const ids = query.getAll('user_id')
    if (ids.length > 0) return ids.flatMap((id) => byId.get(id) ?? []).slice(0, limit)
    const order = query.get('order_by') ?? '-created_at'
    const offset = Number(query.get('offset') ?? 0)
    if (order === '-updated_at') {
      return sorted()
        .toSorted((a, b) => b.updated_at - a.updated_at)
        .slice(offset, offset + limit)
    }
    const { start, end } = bounds(query)
    if (order === '-created_at')
      return byCreation
        .slice(start, end)
        .slice(-limit - offset)
        .reverse()
        .slice(offset)
    const cursor = query.get('starting_after')
    if (cursor === null) return byCreation.slice(start + offset, Math.min(end, start + offset + limit))
    const user = byId.get(cursor)
    if (!user) return undefined
    let at = firstAfter(user.created_at - 1)
    while (byCreation[at] && byCreation[at]?.id !== cursor) at += 1
    return byCreation.slice(at + 1, Math.min(end, at + 1 + limit))
  }

  function answer(response: ServerResponse, path: string, query: URLSearchParams) {
    if (path === '/v1/instance') return send(response, 200, instanceJson(instance))
    if (path === '/v1/users/count') {
      const { start, end } = bounds(query)
      return send(response, 200, JSON.stringify({ object: 'total_count', total_count: end - start }))
    }
    if (path === '/v1/users') {
      const users = page(query)
      return users
        ? send(response, 200, listJson(users))
        : send(response, 422, problem('form_param_value_invalid'))
    }
    const user = byId.get(path.replace('/v1/users/', ''))
    return user ? send(response, 200, userJson(user)) : send(response, 404, problem('resource_not_found'))
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    requests.push(pathname)
    const seconds = limited ? wait() : 0
    if (seconds > 0) {
      refused += 1
      return send(response, 429, problem('too_many_requests'), { 'Retry-After': String(seconds) })
    }
    const instead = odd(pathname, searchParams)
    if (instead) return send(response, instead.status, instead.body, instead.headers)
    answer(response, pathname, searchParams)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    refused: () => refused,
    put(...users: ListedUser[]) {
      for (const user of users) byId.set(user.id, user)
      isSorted = false
    },
    delete(...ids: string[]) {
      for (const id of ids) byId.delete(id)
      isSorted = false
    },
    clear() {
      byId.clear()
      isSorted = false
      requests.length = 0
      odd = () => undefined
      instance = INSTANCE
    },
    users: sorted,
    /** From here on the key is another instance's, until the next `clear`. */
    become(id: string) {
      instance = id
    },
    /** Answers some requests with something else, until the next `clear`. */
    misbehave(by: typeof odd) {
      odd = by
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(body)
}

/** A page as Clerk sends it. */
export const listJson = (users: ListedUser[]) => `[${users.map(userJson).join()}]`

const problem = (code: string) => JSON.stringify({ errors: [{ code, message: code }] })

const instanceJson = (id: string) =>
  JSON.stringify({
    object: 'instance',
    id,
    environment_type: 'production',
    allowed_origins: null,
    workspace_id: null,
  })

/** What does not vary here from user to user. */
const REST = JSON.stringify({
  object: 'user',
  username: null,
  last_name: null,
  locale: null,
  has_image: false,
  primary_phone_number_id: null,
  primary_web3_wallet_id: null,
  password_enabled: true,
  two_factor_enabled: false,
  totp_enabled: false,
  backup_code_enabled: false,
  phone_numbers: [],
  web3_wallets: [],
  passkeys: [],
  external_accounts: [],
  saml_accounts: [],
  enterprise_accounts: [],
  public_metadata: {},
  private_metadata: {},
  unsafe_metadata: {},
  external_id: null,
  locked: false,
  lockout_expires_in_seconds: null,
  verification_attempts_remaining: 100,
  mfa_enabled_at: null,
  mfa_disabled_at: null,
  delete_self_enabled: true,
  create_organization_enabled: true,
  legal_accepted_at: null,
}).slice(1)

const ADDRESS_REST = JSON.stringify({
  object: 'email_address',
  reserved: false,
  verification: { object: 'verification_ticket', status: 'verified', strategy: 'ticket' },
  linked_to: [],
}).slice(1)

/**
 * As much as Clerk sends of a user with one address and nothing else of note: about 1.3 KB. Filled in rather than written
 * anew each time: a list server shall not be what a pass is measured by.
 */
function userJson({ id, created_at, updated_at, email, first_name = null, banned = false }: ListedUser) {
  const times = `"created_at":${created_at},"updated_at":${updated_at}`
  const addresses =
    email === null
      ? ''
      : `{"id":"idn_${id}","email_address":${JSON.stringify(email)},${times},${ADDRESS_REST}`
  return `{"id":${JSON.stringify(id)},"first_name":${JSON.stringify(first_name)},"image_url":"https://img.clerk.com/${id}",\
"primary_email_address_id":${email === null ? 'null' : `"idn_${id}"`},"email_addresses":[${addresses}],"banned":${banned},\
"last_sign_in_at":${updated_at},"last_active_at":${updated_at},${times},${REST}`
}
