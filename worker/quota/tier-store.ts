/** Who may have how much, by a person's decision: the tier of a user, and the record of its changes. */
import { type SQL, sql } from 'drizzle-orm'
import { type DatabaseSettings, query } from '../db/client.ts'
import type { Tier } from './tiers.ts'

type TierChange =
  | { outcome: 'changed'; from: Tier; to: Tier }
  /** `from` and `to` are the same: it was so already, or an answer was lost and this is the second attempt's. */
  | { outcome: 'unchanged'; from: Tier; to: Tier }
  | { outcome: 'unknown' }

/**
 * Gives a user a tier, and notes the change where it is one. One request to the database; safe to repeat, and beside any
 * other change: each one's `from_tier` is the `to_tier` of the one before.
 * @param actor An admin's user id, or `cli`.
 */
export async function changeTier(
  settings: DatabaseSettings,
  userId: string,
  tier: Tier,
  actor: string,
): Promise<TierChange> {
  const [lock, change] = tierChange(userId, tier, actor)
  const [, { rows }] = await query(settings, (db) =>
    db.batch([db.execute(lock), db.execute<{ from: Tier }>(change)]),
  )
  const [held] = rows
  if (!held) return { outcome: 'unknown' }
  return { outcome: held.from === tier ? 'unchanged' : 'changed', from: held.from, to: tier }
}

/**
 * The same as two statements of a transaction. The lock is one of its own, so that the next one sees what it has waited for.
 * The time of the note is the moment's and not the transaction's: that began before the wait, and would tell the changes in
 * another order.
 * @param allowed A condition on which it depends; without it nothing is written.
 */
export const tierChange = (
  userId: string,
  tier: Tier,
  actor: string,
  allowed: SQL = sql`true`,
): [SQL, SQL] => [
  sql`select from users where id = ${userId} for no key update`,
  sql`
    with held as (select id, tier from users where id = ${userId}),
    changed as (
      update users set tier = ${tier} from held
      where users.id = held.id and held.tier <> ${tier} and ${allowed} returning users.id
    ),
    noted as (
      insert into tier_changes (user_id, from_tier, to_tier, actor, changed_at)
      select held.id, held.tier, ${tier}, ${actor}, clock_timestamp() from held join changed on changed.id = held.id
    )
    select tier as "from" from held`,
]

/** Whom a person means. Clerk keeps addresses in lower case; one that is written exactly so comes first. */
export async function findUser(
  settings: DatabaseSettings,
  idOrEmail: string,
): Promise<{ id: string; email: string | null } | undefined> {
  const { rows } = await query(settings, (db) =>
    db.execute<{ id: string; email: string | null }>(sql`
      select id, email from users
      where id = ${idOrEmail} or email in (${idOrEmail}, lower(${idOrEmail}))
      order by id <> ${idOrEmail}, email <> ${idOrEmail} limit 1`),
  )
  return rows[0]
}
