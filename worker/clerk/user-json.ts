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

/** Clerk's user id. */
export const USER_ID = /^user_[A-Za-z0-9]+$/

/** Beyond it JavaScript has no date, and PostgreSQL would be sent none. */
const LAST_DATE_MS = 8_640_000_000_000_000

const milliseconds = z.number().check(z.int(), z.positive(), z.lte(LAST_DATE_MS))

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
    email: storable(primary?.email_address),
    firstName: storable(user.first_name),
    lastName: storable(user.last_name),
    imageUrl: storable(user.image_url),
    banned: user.banned ?? false,
    createdAt: new Date(user.created_at),
  }
}

/** PostgreSQL holds neither NUL nor lone surrogates; Clerk's name for nothing is sometimes the empty string. */
function storable(text: string | null | undefined): string | null {
  return text?.replaceAll('\0', '').toWellFormed() || null
}
