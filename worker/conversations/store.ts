/** The one module that lists, names and deletes conversations. Everything asks for the owner, and everything is one request. */
import { type SQL, sql } from 'drizzle-orm'
import { type DatabaseSettings, inIndexOrder } from '../db/client.ts'
import { Problem } from '../errors.ts'
import { isActive, readAs, writeAs } from '../users/standing.ts'
import type { Conversation } from './conversation.ts'

/** Where a page ends: the time of its last conversation in microseconds, as PostgreSQL keeps it, and the id. */
export type ConversationCursor = { microseconds: string; id: string }

export type Listing = { cursor?: ConversationCursor | undefined; limit: number; query?: string | undefined }

/** The newest first. A cursor is a place in time: what is begun or written in meanwhile moves nothing on the pages behind it. */
export async function listConversations(
  settings: DatabaseSettings,
  userId: string,
  { cursor, limit, query }: Listing,
): Promise<{ conversations: Conversation[]; next: ConversationCursor | null }> {
  const older = cursor
    ? sql`and (updated_at, id) < ('epoch'::timestamptz + ${cursor.microseconds}::bigint * interval '1 microsecond', ${cursor.id}::uuid)`
    : sql``
  const titled = query ? sql`and strpos(lower(title), lower(${query})) > 0` : sql``
  const [, { rows }] = await readAs(settings, userId, (db) => [
    db.execute(inIndexOrder),
    db.execute<Conversation & { microseconds: string }>(sql`
      select ${columns}, (extract(epoch from updated_at) * 1000000)::bigint::text as microseconds
      from conversations
      where user_id = ${userId} ${older} ${titled}
      order by updated_at desc, id desc limit ${limit + 1}`),
  ])
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return {
    conversations: page.map(({ microseconds: _, ...conversation }) => conversation),
    next: last ? { microseconds: last.microseconds, id: last.id } : null,
  }
}

/** Whoever means to talk has long begun to. Without a bound, rows would be had for nothing. */
const MOST_EMPTY = 1_000

/**
 * Begins a conversation, or finds the one that has been begun under this id.
 * @param id Chosen by the caller, so that a lost answer may be asked for again. Anybody else's are no matter.
 * @throws {Problem} `conflict` when the last ones that have been begun are all without a word.
 */
export async function createConversation(
  settings: DatabaseSettings,
  userId: string,
  id: string,
  title: string | null,
): Promise<Conversation> {
  const [, { rows }] = await writeAs(settings, userId, (db) => [
    db.execute(inIndexOrder),
    db.execute<Conversation>(sql`
      ${newest(userId)}
      insert into conversations as held (user_id, id, title)
      select ${userId}, ${id}::uuid, ${title}::text
      where ${isActive(userId)} and (${hasRoom(userId)} or exists (select from conversations where ${isIts(userId, id)}))
      on conflict (user_id, id) do update set title = held.title
      returning ${columns}`),
  ])
  const [begun] = rows
  if (begun) return begun
  throw new Problem('conflict', {
    detail: `The last ${MOST_EMPTY} conversations are all empty. Please write in one of them, or delete one.`,
  })
}

/** The list's own order, and no more of it than are asked for: mostly the first has been written in, and ends it. */
const newest = (userId: string): SQL => sql`
  with newest as (
    select id from conversations where user_id = ${userId} order by updated_at desc, id desc limit ${MOST_EMPTY}::int
  )`

const hasRoom = (userId: string): SQL => sql`
  exists (select from newest where exists (select from messages where user_id = ${userId} and conversation_id = newest.id))
  or (select count(*) from newest) < ${MOST_EMPTY}::int`

/** @throws {Problem} `not_found`, also when it is somebody else's: ids cannot be probed. */
export async function readConversation(
  settings: DatabaseSettings,
  userId: string,
  id: string,
): Promise<Conversation> {
  return one(
    await readAs(settings, userId, (db) => [
      db.execute<Conversation>(sql`select ${columns} from conversations where ${isIts(userId, id)}`),
    ]),
  )
}

/** @throws {Problem} `not_found`. */
export async function renameConversation(
  settings: DatabaseSettings,
  userId: string,
  id: string,
  title: string,
): Promise<Conversation> {
  return one(
    await writeAs(settings, userId, (db) => [
      db.execute<Conversation>(sql`
        update conversations set title = ${title}
        where ${isIts(userId, id)} and ${isActive(userId)} returning ${columns}`),
    ]),
  )
}

/** With all that was said in it. What it has used of the day's messages stays used. @throws {Problem} `not_found`. */
export async function deleteConversation(
  settings: DatabaseSettings,
  userId: string,
  id: string,
): Promise<void> {
  one(
    await writeAs(settings, userId, (db) => [
      db.execute(
        sql`delete from conversations where ${isIts(userId, id)} and ${isActive(userId)} returning id`,
      ),
    ]),
  )
}

const columns = sql`id, title, created_at as "createdAt", updated_at as "updatedAt"`

const isIts = (userId: string, id: string): SQL => sql`user_id = ${userId} and id = ${id}::uuid`

function one<Row>([{ rows }]: [{ rows: Row[] }]): Row {
  const [row] = rows
  if (!row) throw new Problem('not_found')
  return row
}
