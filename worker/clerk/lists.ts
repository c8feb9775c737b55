/**
 * Clerk's users in numbers: counted, and listed in pages.
 * @see https://clerk.com/docs/reference/backend-api/tag/users/get/users
 */
import * as z from 'zod/mini'
import { Problem } from '../errors.ts'
import { type ClerkSettings, getJson } from './api.ts'
import { parseUser, USER_ID, type UserSnapshot } from './user-json.ts'

/** Clerk's largest page. */
export const PAGE_USERS = 500

/** Clerk's most values of one filter. */
export const MOST_IDS = 100

/** Users created after the one and before the other moment, in milliseconds; neither of the two belongs to it. */
export type Range = { after: number; before: number }

export type Page = {
  snapshots: UserSnapshot[]
  /** Everybody on the page in its order, also those whom we cannot read otherwise. */
  marks: { id: string; createdAt: number }[]
  /** So many have no profile that we could hold. */
  unreadable: number
  /** When the first and the last on the page whom we can read were last updated. */
  firstUpdatedAt: number | undefined
  lastUpdatedAt: number | undefined
  /** As long as a page may be, so that there may be more. */
  full: boolean
}

/**
 * The users of a range, oldest first.
 * @param startingAfter The last of the page before: a cursor, which neither skips nor repeats anybody.
 * @returns `undefined` when the user that the cursor names is gone.
 * @throws {Problem} `clerk_unavailable`, with the seconds that Clerk asks for; `misconfigured`.
 */
export async function listUsers(
  clerk: ClerkSettings,
  range: Range,
  startingAfter?: string,
): Promise<Page | undefined> {
  try {
    return await fetchPage(clerk, {
      ...rangeQuery(range),
      order_by: '+created_at',
      ...(startingAfter && { starting_after: startingAfter }),
    })
  } catch (error) {
    if (startingAfter && error instanceof Problem && error.facts.clerkStatus === 422) return undefined
    throw error
  }
}

/** All users, those who changed last first. Clerk has neither a filter nor a cursor for that: pages go by offset. */
export const listChanges = (clerk: ClerkSettings, offset: number): Promise<Page> =>
  fetchPage(clerk, { order_by: '-updated_at', offset: String(offset) })

/** When the newest user was created, by Clerk's clock. */
export async function newestCreation(clerk: ClerkSettings): Promise<number | undefined> {
  const { marks } = await fetchPage(clerk, { order_by: '-created_at', limit: '1' })
  return marks[0]?.createdAt
}

const count = z.object({ total_count: z.number().check(z.int(), z.gte(0)) })

/** @throws {Problem} `clerk_unavailable`, `misconfigured`. */
export async function countUsers(clerk: ClerkSettings, range: Range): Promise<number> {
  const query = new URLSearchParams(rangeQuery(range))
  return (await getJson(clerk, `/v1/users/count?${query}`, count)).total_count
}

/**
 * Which of these users Clerk has, and when they were created.
 * @param ids At most {@link MOST_IDS}.
 */
export async function findUsers(clerk: ClerkSettings, ids: string[]): Promise<Map<string, number>> {
  const query = new URLSearchParams([['limit', String(MOST_IDS)], ...ids.map((id) => ['user_id', id])])
  const { marks } = readPage(await getJson(clerk, `/v1/users?${query}`, z.array(z.unknown())))
  return new Map(marks.map(({ id, createdAt }) => [id, createdAt]))
}

const rangeQuery = ({ after, before }: Range) => ({
  created_at_after: String(after),
  created_at_before: String(before),
})

async function fetchPage(clerk: ClerkSettings, query: Record<string, string>): Promise<Page> {
  const parameters = new URLSearchParams({ limit: String(PAGE_USERS), ...query })
  return readPage(await getJson(clerk, `/v1/users?${parameters}`, z.array(z.unknown())))
}

function readPage(users: unknown[]): Page {
  const snapshots: UserSnapshot[] = []
  const marks: Page['marks'] = []
  for (const user of users) {
    const snapshot = parseUser(user)
    const mark = snapshot ? { id: snapshot.id, createdAt: snapshot.createdAt.getTime() } : readMark(user)
    if (snapshot) snapshots.push(snapshot)
    if (mark) marks.push(mark)
  }
  return {
    snapshots,
    marks,
    unreadable: users.length - snapshots.length,
    firstUpdatedAt: snapshots[0]?.version,
    lastUpdatedAt: snapshots.at(-1)?.version,
    full: users.length >= PAGE_USERS,
  }
}

const markSchema = z.object({
  id: z.string().check(z.regex(USER_ID)),
  created_at: z.number().check(z.int(), z.gte(0)),
})

function readMark(user: unknown): Page['marks'][number] | undefined {
  const { data } = markSchema.safeParse(user)
  return data && { id: data.id, createdAt: data.created_at }
}
