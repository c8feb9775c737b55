/** A user as an admin sees them, parsed once where it arrives. */
import { count, isRecord, text } from '../../api/json.ts'
import { parseTier, type Tier } from '../../users/tiers.ts'

export interface Person {
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
  people: Person[]
  nextCursor: string | null
}

export function parsePerson(value: unknown): Person | null {
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
  const people = body.users.flatMap((user) => parsePerson(user) ?? [])
  return { search, people, nextCursor: text(body.nextCursor) }
}

/** Further down the list. Nobody is there twice, however often a page is asked for. */
export const withMore = (listed: Listed, more: Listed): Listed => ({
  ...more,
  people: [...listed.people, ...without(more.people, listed.people)],
})

/** Its beginning anew: who has signed up since stands above those who were there, and what was read further down stays. */
export function withBeginning(listed: Listed, beginning: Listed): Listed {
  const isWhole = beginning.nextCursor === null
  if (isWhole || listed.search !== beginning.search) return beginning
  const others = without(listed.people, beginning.people)
  return others.length === 0 ? beginning : { ...listed, people: [...beginning.people, ...others] }
}

export const withChanged = (listed: Listed, changed: Person): Listed => ({
  ...listed,
  people: listed.people.map((person) => (person.id === changed.id ? changed : person)),
})

function without(people: Person[], known: Person[]): Person[] {
  const ids = new Set(known.map(({ id }) => id))
  return people.filter(({ id }) => !ids.has(id))
}

/** What a person is called by whoever decides about them. */
export const calledBy = ({ name, email, id }: Person) => name ?? email ?? id
