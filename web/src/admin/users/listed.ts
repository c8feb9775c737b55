/** A user in the admin’s list, and the list, parsed once where they arrive. */
import { count, isRecord, text } from '../../api/json.ts'
import { parseTier, type Tier } from '../../users/tiers.ts'

export interface ListedUser {
  id: string
  email: string | null
  /** First and last name; null when there is neither. */
  name: string | null
  imageUrl: string | null
  tier: Tier
  /** Milliseconds since 1970, as every time here. */
  createdAt: number
  seenAt: number | null
  banned: boolean
  messagesToday: number
  limit: number
}

/** Part of the list: what has been read of it for this search. */
export interface Listed {
  search: string
  users: ListedUser[]
  nextCursor: string | null
}

export function parseListedUser(value: unknown): ListedUser | null {
  if (!isRecord(value)) return null
  const id = text(value.id)
  const tier = parseTier(value.tier)
  const createdAt = Date.parse(text(value.createdAt) ?? '')
  if (id === null || !tier || Number.isNaN(createdAt)) return null
  const seenAt = Date.parse(text(value.seenAt) ?? '')
  return {
    id,
    email: text(value.email),
    name: [text(value.firstName), text(value.lastName)].filter(Boolean).join(' ') || null,
    imageUrl: text(value.imageUrl),
    tier,
    createdAt,
    seenAt: Number.isNaN(seenAt) ? null : seenAt,
    banned: value.banned === true,
    messagesToday: count(value.messagesToday) ?? 0,
    limit: count(value.limit) ?? 0,
  }
}

export function parseListed(body: unknown, search: string): Listed | null {
  if (!isRecord(body) || !Array.isArray(body.users)) return null
  const users = body.users.flatMap((user) => parseListedUser(user) ?? [])
  return { search, users, nextCursor: text(body.nextCursor) }
}

/** Further down the list. Nobody is there twice, however often a page is asked for. */
export const withMore = (listed: Listed, more: Listed): Listed => ({
  ...more,
  users: [...listed.users, ...without(more.users, listed.users)],
})

/** Its beginning anew: who has signed up since stands above those who were there, and what was read further down stays. */
export function withBeginning(listed: Listed, beginning: Listed): Listed {
  const isWhole = beginning.nextCursor === null
  if (isWhole || listed.search !== beginning.search) return beginning
  const others = without(listed.users, beginning.users)
  return others.length === 0 ? beginning : { ...listed, users: [...beginning.users, ...others] }
}

export const withChanged = (listed: Listed, changed: ListedUser): Listed => ({
  ...listed,
  users: listed.users.map((user) => (user.id === changed.id ? changed : user)),
})

function without(users: ListedUser[], known: ListedUser[]): ListedUser[] {
  const ids = new Set(known.map(({ id }) => id))
  return users.filter(({ id }) => !ids.has(id))
}

/** What a user is called by whoever decides about them. */
export const calledBy = ({ name, email, id }: ListedUser) => name ?? email ?? id
