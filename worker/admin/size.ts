/** How many users there are: counted, or where that would keep somebody waiting, the database's own estimate. */
import { sql } from 'drizzle-orm'

/** Above this, counting the users would keep somebody waiting: it holds about 300,000. */
const MAX_EXACT_BYTES = 64 * 1024 * 1024

/** For a query from `pg_class` at `users`. */
export const isLarge = sql`(pg_relation_size(pg_class.oid) > ${sql.raw(String(MAX_EXACT_BYTES))} and reltuples >= 0)`
export const totalUsers = sql`(case when ${isLarge} then reltuples else (select count(*) from users) end)::float8`
export const fromUsersTable = sql`from pg_class where pg_class.oid = 'users'::regclass`
