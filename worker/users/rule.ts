/**
 * THE RULE, in SQL: a snapshot is applied only if it is newer than what is held and the user has not been deleted;
 * deletion always wins and is for ever; an address belongs to the newest claim; no snapshot touches the tier. The version
 * that is held brings back a row that is gone; and what Clerk says now, one that is not as that version has it.
 *
 * Each function gives the statements of one transaction at READ COMMITTED. The lock is a statement of its own, so that
 * the next one's snapshot is taken after the wait: a lock inside the statement would read what was true before.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { UserSnapshot } from '../clerk/user-json.ts'
import type { SyncSource } from './user.ts'

/** How a snapshot came to us. */
export type Arrival = {
  source: SyncSource
  /** The user was here in person. */
  seen: boolean
}

/** Any number that nobody else uses: the advisory lock that settles who holds an address. */
const ADDRESS_LOCK = 7_274_496

/** Writers share it, so they run side by side; a handover of an address takes it alone. */
export const shareAddresses = sql`select pg_advisory_xact_lock_shared(${sql.raw(String(ADDRESS_LOCK))})`

/**
 * Whoever comes later waits behind the one who wants the lock alone, and that one for everybody who is writing: somebody's years
 * of talk are erased in seconds. So it gives way after half a second (55P03), for the others to go first, and is tried again.
 */
export const ownAddresses = sql`
  select set_config('lock_timeout', '500ms', true), pg_advisory_xact_lock(${sql.raw(String(ADDRESS_LOCK))}),
    set_config('lock_timeout', '0', true)`

/**
 * Applies a snapshot whose address is free, or is its own. Otherwise `users_email_unique` refuses (23505) and
 * {@link applyWithHandover} decides.
 */
export const apply = (snapshot: UserSnapshot, arrival: Arrival): [SQL, SQL] => [
  shareAddresses,
  upsert(snapshot, arrival, sql`${snapshot.email}::text`),
]

/** The same where the address is another's: the newest claim gets it, the other has none until its own next snapshot. */
export const applyWithHandover = (snapshot: UserSnapshot, arrival: Arrival): [SQL, SQL, SQL] => {
  const { id, version, email } = snapshot
  // Two claims of one millisecond are settled by the id, so that every order of arrival ends alike.
  const loseOlderClaim = sql`
    update users set email = null
    from sync_state claim
    where users.email = ${email} and users.id <> ${id} and claim.user_id = users.id
      and (claim.version, claim.user_id collate "C") < (${version}::bigint, ${id} collate "C")
      and not exists (
        select from sync_state held
        where held.user_id = ${id} and (held.deleted_at is not null or held.version > ${version}::bigint
          or (held.version = ${version}::bigint and not ${isAmiss(snapshot, arrival)}))
      )`
  const emailIfFree = sql`
    (select ${email}::text where not exists (select from users where email = ${email} and id <> ${id}))`
  return [ownAddresses, loseOlderClaim, upsert(snapshot, arrival, emailIfFree)]
}

/**
 * Erases users and leaves their tombstones, in the order of their ids, so that two who delete the same do not wait for each
 * other. The delete is a statement of its own: within the tombstone's it would miss a user whom somebody committed while
 * it waited for the row.
 */
export const tombstone = (ids: string[], source: SyncSource): [SQL, SQL, SQL] => [
  shareAddresses,
  sql`
    insert into sync_state (user_id, version, deleted_at, source)
    select id, 0, now(), ${source} from unnest(${sql.param(ids)}::text[]) as gone(id) order by id
    on conflict (user_id) do update
      set deleted_at = now(), synced_at = now(), seen_at = null, banned_at = null, source = excluded.source
      where sync_state.deleted_at is null
    returning ${tell(sql`'deleted'`)} as outcome`,
  sql`delete from users where id = any(${sql.param(ids)}::text[])`,
]

/** One row `{ outcome }` when the snapshot was applied, none when it was not. */
function upsert(snapshot: UserSnapshot, arrival: Arrival, email: SQL): SQL {
  const { source, seen } = arrival
  const { id, version, firstName, lastName, imageUrl, banned, createdAt } = snapshot
  return sql`
    with applied as (
      insert into sync_state (user_id, version, banned_at, seen_at, source)
      values (${id}, ${version}, ${nowIf(banned)}, ${nowIf(seen)}, ${source})
      ${unlessNewerOrDeleted(isAmiss(snapshot, arrival))}
      returning user_id
    )
    insert into users (id, email, first_name, last_name, image_url, created_at, updated_at)
    select user_id, ${email}, ${firstName}, ${lastName}, ${imageUrl},
      ${createdAt.toISOString()}::timestamptz, ${new Date(version).toISOString()}::timestamptz
    from applied
    ${overwriteProfile}
    returning ${tell(sql`case when xmax = 0 then 'created' else 'updated' end`)} as outcome`
}

/**
 * Whether a user of this very version has lost their row; or, for what Clerk says now, has another than that version's. Of
 * one snapshot of the database: a writer who is under way shows neither its state nor its row.
 */
function isAmiss(snapshot: UserSnapshot, { source }: Arrival): SQL {
  const { id, version, email, firstName, lastName, imageUrl, banned, createdAt } = snapshot
  // A webhook may be as old as the damage, and says nothing of now.
  const differs = sql`
    (first_name, last_name, image_url, created_at, updated_at, banned_at is not null) is distinct from
      (${firstName}::text, ${lastName}::text, ${imageUrl}::text, ${createdAt.toISOString()}::timestamptz,
       ${new Date(version).toISOString()}::timestamptz, ${banned}::boolean)
    or (users.email is distinct from ${email}::text and (users.email is not null or not exists (
      select from users holder join sync_state claim on claim.user_id = holder.id
      where holder.email = ${email} and (claim.version, claim.user_id collate "C") > (${version}::bigint, ${id} collate "C"))))`
  return sql`
    exists (
      select from sync_state known left join users on users.id = known.user_id
      where known.user_id = ${id} and known.version = ${version}::bigint
        and (users.id is null${source === 'webhook' ? sql`` : sql` or ${differs}`})
    )`
}

/**
 * The rule itself: whatever inserts a snapshot's state ends with it. A row that is mended came by the door that it came by.
 * @param isAmiss Of a user of the same version: their row has to be mended.
 */
export const unlessNewerOrDeleted = (isAmiss: SQL): SQL => sql`
  on conflict (user_id) do update
    set version = excluded.version,
        banned_at = case when excluded.banned_at is not null then coalesce(sync_state.banned_at, excluded.banned_at) end,
        seen_at = coalesce(excluded.seen_at, sync_state.seen_at),
        synced_at = case when sync_state.version < excluded.version then now() else sync_state.synced_at end,
        source = case when sync_state.version < excluded.version then excluded.source else sync_state.source end
    where sync_state.deleted_at is null
      and (sync_state.version < excluded.version or (sync_state.version = excluded.version and ${isAmiss}))`

/** What a snapshot that was applied writes over: all that is Clerk's, and never the tier. */
export const overwriteProfile = sql`
  on conflict (id) do update
    set email = excluded.email,
        first_name = excluded.first_name,
        last_name = excluded.last_name,
        image_url = excluded.image_url,
        created_at = excluded.created_at,
        updated_at = excluded.updated_at`

/** What this transaction has done, for those of its statements that come after; NULL when it has done nothing. */
export const toldOutcome = sql`nullif(current_setting('sync.outcome', true), '')`
const tell = (outcome: SQL) => sql`set_config('sync.outcome', ${outcome}, true)`

const nowIf = (condition: boolean) => sql`case when ${condition}::boolean then now() end`
