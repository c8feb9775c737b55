/** Clerk's user and Neon's row, field by field. */
import type { User } from '../users/user.ts'

/** Clerk's half, in the row's own words. */
export interface ClerkFields {
  id: string
  email: string | null
  firstName: string | null
  lastName: string | null
  imageUrl: string
  createdAt: Date | null
  updatedAt: Date | null
}

export type Kind = 'code' | 'text' | 'image' | 'time'

export interface Row {
  field: string
  kind: Kind
  clerk: string | null
  /** Undefined while Neon's side has not been read. */
  neon: string | null | undefined
  verdict: 'matches' | 'differs' | 'only-neon' | 'unknown'
}

export function compare(clerk: ClerkFields, neon: User | null): Row[] {
  const row = (field: string, kind: Kind, left: string | null, right: string | null | undefined): Row => ({
    field,
    kind,
    clerk: left,
    neon: right,
    verdict: right === undefined ? 'unknown' : same(kind, left, right) ? 'matches' : 'differs',
  })
  return [
    row('User id', 'code', clerk.id, neon?.id),
    row('E-mail', 'text', clerk.email, neon?.email),
    row('First name', 'text', clerk.firstName, neon?.firstName),
    row('Last name', 'text', clerk.lastName, neon?.lastName),
    row('Picture', 'image', clerk.imageUrl, neon?.imageUrl),
    { field: 'Tier', kind: 'text', clerk: null, neon: neon?.tier, verdict: 'only-neon' },
    row('Created', 'time', iso(clerk.createdAt), neon?.createdAt),
    row('Updated', 'time', iso(clerk.updatedAt), neon?.updatedAt),
  ]
}

/** Clerk leaves a name that was emptied as '' where another reading says null: nothing is nothing. */
function same(kind: Kind, left: string | null, right: string | null): boolean {
  if (kind === 'time' && left && right) return Date.parse(left) === Date.parse(right)
  return (left || null) === (right || null)
}

const iso = (date: Date | null) => date?.toISOString() ?? null
