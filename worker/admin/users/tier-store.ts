/** An admin changes a user's tier. */
import type { DatabaseSettings } from '../../db/client.ts'
import { tierChange } from '../../quota/tier-store.ts'
import type { Tier } from '../../quota/tiers.ts'
import { asAdmin, mayWrite } from '../standing.ts'
import type { AdminUser } from './admin-user.ts'
import { type FoundRow, selectUser, toAdminUser } from './store.ts'

/**
 * The user as they are then, and the tier that this change has found; nothing for an unknown one. One request.
 * @throws {Problem} `user_deleted`, `user_banned`: how the admin stands; then nothing is changed.
 */
export async function setTier(
  settings: DatabaseSettings,
  admin: string,
  { id, tier, zone }: { id: string; tier: Tier; zone: string },
): Promise<{ user: AdminUser; from: Tier } | undefined> {
  const [lock, change] = tierChange(id, tier, admin, mayWrite(admin))
  const [, { rows: before }, { rows: after }] = await asAdmin(settings, admin, (db) => [
    db.execute(lock),
    db.execute<{ from: Tier }>(change),
    db.execute<FoundRow>(selectUser(id, zone)),
  ])
  const [held, user] = [before[0], after[0]]
  return held && user && { user: toAdminUser(user), from: held.from }
}
