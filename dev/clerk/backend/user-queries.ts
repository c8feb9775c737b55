/** The filters, orders and pages of `GET /v1/users` (and, without pages, of `/v1/users/count`). */
import * as z from 'zod'
import { ClerkError } from '../errors.ts'
import type { User } from '../state.ts'
import { check } from './body.ts'

/** Clerk: at most so many values of one filter. */
const MOST_VALUES = 100

const values = z.array(z.string()).max(MOST_VALUES).optional()
const time = z.coerce.number().int().optional()

const filterSchema = z.object({
  user_id: values,
  external_id: values,
  email_address: values,
  username: values,
  query: z.string().optional(),
  email_address_query: z.string().optional(),
  name_query: z.string().optional(),
  banned: z.stringbool().optional(),
  created_at_before: time,
  created_at_after: time,
  last_active_at_before: time,
  last_active_at_after: time,
  last_sign_in_at_before: time,
  last_sign_in_at_after: time,
})

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(10),
  offset: z.coerce.number().int().min(0).default(0),
  starting_after: z.string().optional(),
  // A plus sign that nobody escaped arrives as a space.
  order_by: z
    .string()
    .regex(
      /^[ +-]?(created_at|updated_at|email_address|first_name|last_name|username|last_active_at|last_sign_in_at)$/,
    )
    .default('-created_at'),
})

const LISTS = new Set(['user_id', 'external_id', 'email_address', 'username'])

function read(query: URLSearchParams): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {}
  for (const key of new Set(query.keys())) {
    const all = query.getAll(key).flatMap((value) => value.split(','))
    record[key] = LISTS.has(key) ? all : (query.get(key) ?? '')
  }
  return record
}

/** `+x` and `x` include, `-x` excludes. */
function matchesId(id: string | null, wanted: string[] | undefined): boolean {
  if (!wanted) return true
  const excluded = wanted.filter((value) => value.startsWith('-')).map((value) => value.slice(1))
  const included = wanted.filter((value) => !value.startsWith('-')).map((value) => value.replace(/^[ +]/, ''))
  if (id !== null && excluded.includes(id)) return false
  return included.length === 0 || (id !== null && included.includes(id))
}

const contains = (text: string | null, part: string) =>
  text?.toLowerCase().includes(part.toLowerCase()) ?? false

const within = (at: number | null, before: number | undefined, after: number | undefined) =>
  (before === undefined || (at !== null && at < before)) &&
  (after === undefined || (at !== null && at > after))

export function filterUsers(users: User[], query: URLSearchParams): User[] {
  const filter = check(read(query), filterSchema)
  const { query: part, email_address_query: email, name_query: name } = filter
  return users.filter((user) => {
    const addresses = user.emailAddresses.map(({ address }) => address)
    const fullName = `${user.firstName ?? ''} ${user.lastName ?? ''}`
    return (
      matchesId(user.id, filter.user_id) &&
      matchesId(user.externalId, filter.external_id) &&
      (!filter.email_address || filter.email_address.some((one) => addresses.includes(one.toLowerCase()))) &&
      (!filter.username || (user.username !== null && filter.username.includes(user.username))) &&
      (!part || [...addresses, user.username, user.id, fullName].some((text) => contains(text, part))) &&
      (!email || addresses.some((address) => contains(address, email))) &&
      (!name || contains(fullName, name)) &&
      (filter.banned === undefined || user.banned === filter.banned) &&
      within(user.createdAt, filter.created_at_before, filter.created_at_after) &&
      within(user.lastActiveAt, filter.last_active_at_before, filter.last_active_at_after) &&
      within(user.lastSignInAt, filter.last_sign_in_at_before, filter.last_sign_in_at_after)
    )
  })
}

const ORDERS: Record<string, (user: User) => string | number> = {
  created_at: (user) => user.createdAt,
  updated_at: (user) => user.updatedAt,
  last_active_at: (user) => user.lastActiveAt ?? 0,
  last_sign_in_at: (user) => user.lastSignInAt ?? 0,
  email_address: (user) =>
    user.emailAddresses.find(({ id }) => id === user.primaryEmailAddressId)?.address ?? '',
  first_name: (user) => user.firstName ?? '',
  last_name: (user) => user.lastName ?? '',
  username: (user) => user.username ?? '',
}

const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0)

/** @throws {ClerkError} 422, when the page cannot be what Clerk offers. */
export function pageOfUsers(users: User[], query: URLSearchParams): User[] {
  const { limit, offset, starting_after: cursor, order_by: order } = check(read(query), pageSchema)
  const field = order.replace(/^[ +-]/, '')
  const direction = order.startsWith('-') ? -1 : 1
  const key = ORDERS[field]
  if (!key) throw cursorInvalid('order_by')
  const sorted = users.toSorted((a, b) => direction * (compare(key(a), key(b)) || compare(a.id, b.id)))
  if (cursor === undefined) return sorted.slice(offset, offset + limit)
  if (field !== 'created_at' || offset > 0) throw cursorInvalid('starting_after')
  const start = sorted.findIndex(({ id }) => id === cursor)
  if (start < 0) throw cursorInvalid('starting_after')
  return sorted.slice(start + 1, start + 1 + limit)
}

const cursorInvalid = (param: string) =>
  new ClerkError(422, {
    message: 'is invalid',
    long_message: `${param} does not fit the other parameters`,
    code: 'form_param_value_invalid',
    meta: { param_name: param },
  })
