/** The nouns of looking for users. */
import type { User } from '../../users/user.ts'

/** A user as an admin sees them. */
export type AdminUser = User & {
  banned: boolean
  /** When the user last came by. */
  seenAt: Date | null
  messagesToday: number
}

/** The last user of a page, or the last that a search has looked at: the time of the sign-up as exact as it is kept. */
export type UserCursor = { microseconds: string; id: string }

export type UserPage = { users: AdminUser[]; next: UserCursor | null }

export type Listing = { search: string; cursor: UserCursor | null; limit: number; zone: string }
