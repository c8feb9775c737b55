/**
 * The same rule for a whole page of snapshots in one statement: what it ends in is what applying them one by one, the
 * newest first, ends in.
 *
 * Rows are written in the order of their ids, so that two pages with the same users do not wait for each other.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { UserSnapshot } from '../clerk/user-json.ts'
import { arrayParam } from '../db/arrays.ts'
import { overwriteProfile, ownAddresses, shareAddresses, unlessNewerOrDeleted } from '../users/rule.ts'

/** Applies a page in which nobody's address is another's; otherwise `users_email_unique` refuses the whole of it. */
export const applyAll = (snapshots: UserSnapshot[]): [SQL, SQL] => [
  byIndex(shareAddresses),
  upsertAll(snapshots, sql`fresh.email`),
]

/** The same where addresses are others': each goes to its newest claim, inside the page and out of it. */
export const applyAllWithHandover = (snapshots: UserSnapshot[]): [SQL, SQL, SQL] => {
  // Nobody else writes meanwhile, so both statements find the same users to be fresh. Those let go of what they hold
  // first: two who swap addresses would otherwise be in each other's way. Who is only mended would then not be: hence the mark.
  const release = sql`
    with ${given(snapshots)}, ${newestClaims},
    losing as (
      select fresh.id, true as is_fresh from fresh
      union all
      select holder.id, false
      from newest_claim claim
      join users holder on holder.email = claim.email
      join sync_state held on held.user_id = holder.id
      where (held.version, held.user_id collate "C") < (claim.version, claim.id collate "C")
        and holder.id not in (select id from fresh)
    )
    update users set email = null, updated_at = case when is_fresh then '-infinity' else updated_at end
    from losing where users.id = losing.id and users.email is not null`
  const emailIfWon = sql`
    (select claim.email from newest_claim claim
     where claim.id = fresh.id and not exists (select from users where email = claim.email and id <> claim.id))`
  return [byIndex(ownAddresses), release, upsertAll(snapshots, emailIfWon)]
}

/**
 * For the rest of the transaction a table is never read whole. PostgreSQL would do that for five hundred keys up to some
 * hundred thousand rows, and during a first load, when its statistics are old, far beyond.
 */
const byIndex = (lock: SQL) => sql`${lock}, set_config('enable_seqscan', 'off', true)`

/** Rows `{ outcome, count }`, to be added up. Whoever was overtaken while the page waited for a row is stale. */
function upsertAll(snapshots: UserSnapshot[], email: SQL): SQL {
  // `written` has no join: the planner expects few to be fresh, and would compare each with each.
  return sql`
    with ${given(snapshots)}, ${newestClaims},
    applied as (
      insert into sync_state (user_id, version, banned_at, source)
      select id, version, case when banned then now() end, 'reconcile' from fresh order by id
      ${unlessNewerOrDeleted(sql`excluded.user_id in (select id from fresh where is_held)`)}
      returning user_id
    ),
    written as (
      insert into users (id, email, first_name, last_name, image_url, created_at, updated_at)
      select fresh.id, ${email}, first_name, last_name, image_url, created_at, updated_at
      from fresh
      where (id in (select user_id from applied)) is true
      order by id
      ${overwriteProfile}
      returning id, case when xmax = 0 then 'created' else 'updated' end as outcome
    )
    select outcome, count(*)::int as count from written group by 1
    union all
    select refusal, count(*)::int from given where refusal is not null group by 1
    union all
    select 'stale', (select count(*) from fresh)::int - (select count(*) from written)::int`
}

/** What the page would do, in rows `{ outcome, count }`; for a look that changes nothing. */
export const preview = (snapshots: UserSnapshot[]): SQL => sql`
  with ${given(snapshots)}
  select coalesce(refusal, case when is_new then 'created' else 'updated' end) as outcome, count(*)::int as count
  from given group by 1`

/** Everybody on a page of Clerk's, also those whom we cannot read otherwise, with the address if there is one. */
export type Claim = { id: string; email: string | null }

/** A stretch of time that Clerk has listed to the end. */
export type Stretch = {
  /** From this millisecond, of which the pages before have listed so many users that we hold. */
  from: number
  heldBefore: number
  /** Up to this one, which does not belong to it. */
  until: number
}

/** What a page of a sweep says about time. */
export type Compared = {
  stretch?: Stretch | undefined
  /** The millisecond in which the next page begins. */
  border?: number | undefined
}

/**
 * One row `{ conflicts, unlisted, heldAtBorder }`: how many users of the page have an address that another holds with us, the
 * first of ours in the stretch who are not on the page, and how many of the page we hold in the millisecond of its border.
 */
export const review = (claims: Claim[], { stretch, border }: Compared, most: number): SQL => sql`
  with claim as materialized (
    select * from unnest(
      ${arrayParam(claims.map(({ id }) => id))}::text[], ${arrayParam(claims.map(({ email }) => email))}::text[]
    ) as user_of_page(id, email)
  ),
  holder as materialized (select id, email from users where email = any(array(select email from claim)))
  select
    (select count(*) from claim join holder on holder.email = claim.email where holder.id <> claim.id)::int as conflicts,
    array(${stretch ? selectUnlisted(stretch, sql`select id from claim`, '', most) : sql`select ''::text limit 0`}) as unlisted,
    ${border === undefined ? sql`0` : sql`(select count(*) from users where created_at = ${instant(border)} and id = any(array(select id from claim)))::int`} as "heldAtBorder"`

/**
 * Users of ours in the stretch who are not listed. In its first millisecond pages may meet, so there everybody is given
 * if they are more than the pages before have listed. In the order of their ids, beginning after one of them.
 */
export const selectUnlisted = (
  { from, heldBefore, until }: Stretch,
  listed: SQL,
  afterId: string,
  most: number,
): SQL => sql`
  select id from users
  where created_at >= ${instant(from)} and created_at < ${instant(until)}
    and id not in (${listed}) and id collate "C" > ${afterId}
    and (created_at > ${instant(from)}
      or (select count(*) from users where created_at = ${instant(from)} and id not in (${listed})) > ${heldBefore}::int)
  order by id collate "C" limit ${most}`

export const instant = (milliseconds: number): SQL =>
  sql`${new Date(milliseconds).toISOString()}::timestamptz`

/**
 * The page as a table, each user once, with the reason why it is not applied, by what is held; and of it `fresh`: those
 * worth writing, because they are newer or their row is not as their version has it. Most of a page is unchanged.
 */
function given(snapshots: UserSnapshot[]): SQL {
  // `held` and `mirrored` are apart from the join, because users who follow each other here do so in the index, too, and are
  // found in one go.
  return sql`
    listed as materialized (
      select id, version, email, first_name, last_name, image_url, banned,
        to_timestamp(created_ms / 1000.0) as created_at, to_timestamp(version / 1000.0) as updated_at
      from unnest(
        ${column(snapshots, ({ id }) => id)}::text[],
        ${column(snapshots, ({ version }) => version)}::bigint[],
        ${column(snapshots, ({ email }) => email)}::text[],
        ${column(snapshots, ({ firstName }) => firstName)}::text[],
        ${column(snapshots, ({ lastName }) => lastName)}::text[],
        ${column(snapshots, ({ imageUrl }) => imageUrl)}::text[],
        ${column(snapshots, ({ banned }) => banned)}::boolean[],
        ${column(snapshots, ({ createdAt }) => createdAt.getTime())}::bigint[]
      ) as user_of_page(id, version, email, first_name, last_name, image_url, banned, created_ms)
    ),
    held as materialized (
      select user_id, version, deleted_at, banned_at from sync_state where user_id = any(array(select id from listed))
    ),
    mirrored as materialized (select * from users where id = any(array(select id from listed))),
    known as materialized (
      select distinct on (id) listed.*, mirrored.id is null as is_new, mirrored.email as held_email,
        case when held.deleted_at is not null then 'deleted' when held.version > listed.version then 'stale' end as overruled,
        held.version is not distinct from listed.version as is_held,
        (mirrored.id, mirrored.first_name, mirrored.last_name, mirrored.image_url, mirrored.created_at, mirrored.updated_at,
          held.banned_at is not null) is not distinct from
          (listed.id, listed.first_name, listed.last_name, listed.image_url, listed.created_at, listed.updated_at,
          listed.banned) as is_alike
      from listed left join held on held.user_id = listed.id left join mirrored on mirrored.id = listed.id
      order by id, listed.version desc
    ),
    given as materialized (
      select *, coalesce(overruled, case when is_held and is_alike and (
          held_email is not distinct from email or ((held_email is null or ${isLost(sql`known.held_email`)}) and (email is null or ${isOthers}))
        ) then 'unchanged' end) as refusal
      from known
    ),
    fresh as (select * from given where refusal is null)`
}

/** Whether a newer claim than the user's on the page is to this address. */
const isLost = (email: SQL) => sql`
  exists (
    select from known rival where rival.email = ${email} and rival.overruled is null
      and (rival.version, rival.id collate "C") > (known.version, known.id collate "C")
  )`

/** Whether the user's own is another's: by the page, or held by a newer claim that the page leaves alone. */
const isOthers = sql`(
  ${isLost(sql`known.email`)} or exists (
    select from users holder join sync_state claim on claim.user_id = holder.id
    where holder.email = known.email
      and (claim.version, claim.user_id collate "C") > (known.version, known.id collate "C")
      and not exists (select from known rival where rival.id = holder.id and rival.overruled is null)
  ))`

const column = (
  snapshots: UserSnapshot[],
  of: (snapshot: UserSnapshot) => string | number | boolean | null,
) => arrayParam(snapshots.map(of))

/** Two claims of one millisecond are settled by the id, as in the rule for one. */
const newestClaims = sql`
  newest_claim as (
    select distinct on (email) email, version, id from fresh
    where email is not null
    order by email, version desc, id collate "C" desc
  )`
