/** Changing a tier, as SQL: the tier is ours, so that nothing but this ever writes it. */
import { type SQL, sql } from 'drizzle-orm'
import type { Tier } from './tiers.ts'

/**
 * Two statements of one transaction: whoever changes the same user's tier waits at the first, so that the note always names
 * the tier that was really left. A tier that is held already is no change and leaves no note. Safe to repeat.
 * @param actor An admin's user id, or `cli`.
 * @param allowed A condition on which it depends; without it nothing is written.
 */
export const changeTier = (id: string, tier: Tier, actor: string, allowed: SQL = sql`true`): [SQL, SQL] => [
  sql`select from users where id = ${id} for no key update`,
  sql`
    with left_behind as (select id, tier from users where id = ${id} and tier <> ${tier} and ${allowed}),
    changed as (update users set tier = ${tier} from left_behind where users.id = left_behind.id)
    insert into tier_changes (user_id, from_tier, to_tier, actor)
    select id, tier, ${tier}, ${actor} from left_behind`,
]
