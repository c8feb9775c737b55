/**
 * The admin's list of users, the newest sign-up first, and the search in it. A page costs the same at ten million users as
 * at a thousand.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { DatabaseSettings } from '../../db/client.ts'
import { today, usedToday } from '../../quota/store.ts'
import { asAdmin } from '../standing.ts'
import type { AdminUser, Listing, UserCursor, UserPage } from './admin-user.ts'

/** With more matches than this by one of its parts a search no longer collects all of them to know the newest. */
const MOST_COLLECTED = 1_000

/** Instead it looks at so many users, the newest first, and goes on there when it is asked for more. */
const LOOKED_AT = 20_000

/**
 * One page, and where the next one begins. Whoever signs up meanwhile moves nothing on the pages behind. One request.
 * @throws {Problem} `user_deleted`, `user_banned`: how the admin stands.
 */
export async function listUsers(
  settings: DatabaseSettings,
  admin: string,
  { search, cursor, limit, zone }: Listing,
): Promise<UserPage> {
  const page = search ? searchPage(search, cursor, limit + 1) : wholePage(cursor, limit + 1)
  const [{ rows }] = await asAdmin(settings, admin, (db) => [
    db.execute<Row>(sql`
      with ${page}
      select ${columns}, edge.microseconds as "edgeMicroseconds", edge.id as "edgeId"
      from (select max(microseconds) as microseconds, max(id) as id from edge) as edge
        left join (page join users using (id) cross join (${today(zone)}) as today
          left join sync_state on user_id = users.id
          left join rate_limits on rate_limits.user_id = users.id) on true
      order by users.created_at desc, users.id desc`),
  ])
  const users = rows.flatMap((row) => (row.id === null ? [] : [row]))
  const last = users.length > limit ? users[limit - 1] : undefined
  return {
    users: users.slice(0, limit).map(toAdminUser),
    next: last ? { microseconds: last.microseconds, id: last.id } : edgeOf(rows),
  }
}

/** One user, as in the list, for a statement of its own. */
export const selectUser = (id: string, zone: string): SQL => sql`
  select ${columns}
  from users cross join (${today(zone)}) as today
    left join sync_state on user_id = users.id
    left join rate_limits on rate_limits.user_id = users.id
  where users.id = ${id}`

export const toAdminUser = (row: FoundRow): AdminUser => ({
  id: row.id,
  email: row.email,
  firstName: row.firstName,
  lastName: row.lastName,
  imageUrl: row.imageUrl,
  tier: row.tier,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  banned: row.banned,
  seenAt: row.seenAt,
  messagesToday: row.messagesToday,
})

export type FoundRow = AdminUser & { microseconds: string }
/** A search that has found nobody where it has looked says where that ends all the same. */
type Row = (FoundRow | { id: null }) & { edgeMicroseconds: string | null; edgeId: string | null }

function edgeOf([row]: Row[]): UserCursor | null {
  if (!row || row.edgeMicroseconds === null || row.edgeId === null) return null
  return { microseconds: row.edgeMicroseconds, id: row.edgeId }
}

const microsecondsOf = (instant: SQL) => sql`(extract(epoch from ${instant}) * 1000000)::bigint::text`

const columns = sql`
  users.id, email, first_name as "firstName", last_name as "lastName", image_url as "imageUrl", tier,
  users.created_at as "createdAt", updated_at as "updatedAt",
  banned_at is not null as banned, seen_at as "seenAt",
  ${usedToday} as "messagesToday", ${microsecondsOf(sql`users.created_at`)} as microseconds`

const newestFirst = (limit: number) => sql`order by created_at desc, id desc limit ${limit}`

const isBehind = (cursor: UserCursor | null): SQL =>
  cursor
    ? sql`(created_at, id) < ('epoch'::timestamptz + ${cursor.microseconds}::bigint * interval '1 microsecond', ${cursor.id}::text)`
    : sql`true`

const wholePage = (cursor: UserCursor | null, limit: number): SQL => sql`
  page as (select id from users where ${isBehind(cursor)} ${newestFirst(limit)}),
  edge as (select null as microseconds, null as id)`

/** What is searched by its beginning; each has its index. */
const SEARCHED = [
  sql`lower(email)`,
  sql`lower(coalesce(first_name || ' ', '') || coalesce(last_name, ''))`,
  sql`lower(last_name)`,
]

/**
 * Where few match they are collected and put in order. Where many do the newest are found soon by looking at everybody, the
 * newest first. Which it is shows from the collecting, which never goes on beyond its limit; the other half is not run.
 */
function searchPage(search: string, cursor: UserCursor | null, limit: number): SQL {
  // `%`, `_` and the escape itself are plain characters of what is looked for.
  const pattern = sql`lower(${search.replace(/[\\%_]/g, '\\$&')}::text) || '%'`
  const matches = SEARCHED.map((text) => sql`${text} like ${pattern}`)
  // In the order of the index, so that it is the index that is read: of a table the limit might be found at the very end.
  const collected = SEARCHED.map(
    (text, nth) => sql`(
      select id, created_at, ${sql.raw(String(nth))} as part from users
      where ${matches[nth]} order by ${text} using ~<~ limit ${MOST_COLLECTED + 1})`,
  )
  const one = sql`(select id, created_at, -1 as part from users where id = ${search})`
  return sql`
    collected as materialized (${sql.join([one, ...collected], sql` union all `)}),
    crowd as (select exists (select from collected group by part having count(*) > ${MOST_COLLECTED}) as is_large),
    looked_at as materialized (
      select id, created_at, ${sql.join([sql`id = ${search}`, ...matches], sql` or `)} as matches
      from users where (select is_large from crowd) and ${isBehind(cursor)} ${newestFirst(LOOKED_AT)}),
    page as (
      select id from (
        select distinct id, created_at from collected where not (select is_large from crowd) and ${isBehind(cursor)}
        union all select id, created_at from looked_at where matches) as found
      ${newestFirst(limit)}),
    edge as (
      select ${microsecondsOf(sql`created_at`)} as microseconds, id from looked_at
      where (select count(*) from looked_at) = ${LOOKED_AT} order by created_at, id limit 1)`
}
