/**
 * Clerk's user as its Backend API and its webhooks send it, read tolerantly: what Clerk adds tomorrow changes nothing.
 * @see https://clerk.com/docs/reference/backend-api/tag/users/get/users/{user_id}
 */
import * as z from 'zod/mini'

/** Clerk's whole user at one version. */
export type UserSnapshot = {
  id: string
  /** Clerk's `updated_at` in milliseconds. */
  version: number
  email: string | null
  firstName: string | null
  lastName: string | null
  imageUrl: string | null
  banned: boolean
  createdAt: Date
}

/** Clerk's user id. Clerk's have 32 characters; one without end is nothing to ask Clerk for, and no index could hold it. */
export const USER_ID = /^user_[A-Za-z0-9]{1,250}$/

/** To the end of the year 9999, where ISO 8601 and PostgreSQL stop agreeing on how a year is written. */
const milliseconds = z.number().check(z.int(), z.positive(), z.lte(253_402_300_799_999))

/**
 * RFC 5321 stops at 254. Clerk's names stop at 256, which is up to four bytes each, and an entry of the index that finds both
 * has room for 2,704. More than this is nobody's.
 */
const MAX_CHARS = { email: 320, name: 256, url: 2048 }

const clerkUser = z.object({
  id: z.string().check(z.regex(USER_ID)),
  first_name: z.nullish(z.string()),
  last_name: z.nullish(z.string()),
  image_url: z.nullish(z.string()),
  primary_email_address_id: z.nullish(z.string()),
  email_addresses: z.array(z.object({ id: z.nullish(z.string()), email_address: z.string() })),
  banned: z.nullish(z.boolean()),
  created_at: milliseconds,
  updated_at: milliseconds,
})

/** A snapshot, or `undefined` when this is no user that we could hold. */
export function parseUser(json: unknown): UserSnapshot | undefined {
  const parsed = clerkUser.safeParse(json)
  if (!parsed.success) return undefined
  const user = parsed.data
  // The primary address has an id; the first of the list may be any.
  const primary = user.email_addresses.find(({ id }) => id != null && id === user.primary_email_address_id)
  return {
    id: user.id,
    version: user.updated_at,
    email: whole(storable(primary?.email_address), MAX_CHARS.email),
    firstName: name(user.first_name),
    lastName: name(user.last_name),
    imageUrl: image(user.image_url),
    banned: user.banned ?? false,
    createdAt: new Date(user.created_at),
  }
}

/** PostgreSQL holds neither NUL nor lone surrogates; Clerk's name for nothing is sometimes the empty string. */
function storable(text: string | null | undefined): string | null {
  return text?.replaceAll('\0', '').toWellFormed() || null
}

/** Cut between characters: each has two units at most, and half of one is another. */
const name = (text: string | null | undefined) =>
  storable(text && [...text.slice(0, 2 * MAX_CHARS.name)].slice(0, MAX_CHARS.name).join(''))

/** Half an address or half a URL is another one. */
const whole = (text: string | null, maxChars: number) => (text && text.length <= maxChars ? text : null)

/** What a page may put into an `<img>`, and nothing that a click would run. */
function image(url: string | null | undefined): string | null {
  const text = whole(storable(url), MAX_CHARS.url)
  return text && /^https?:/i.test(text) && URL.canParse(text) ? text : null
}
