/** An admin changes a user's tier. */
import type { DatabaseSettings } from '../../db/client.ts'
import { tierChange } from '../../quota/tier-store.ts'
import type { Tier } from '../../quota/tiers.ts'
import { asAdmin, mayWrite } from '../standing.ts'
import type { AdminUser } from './admin-user.ts'
import { type FoundRow, selectUser, toAdminUser } from './store.ts'

/**
 * The user as they are then; nothing for an unknown one. One request.
 * @throws {Problem} `user_deleted`, `user_banned`: how the admin stands; then nothing is changed.
 */
export async function setTier(
  settings: DatabaseSettings,
  admin: string,
  { id, tier, zone }: { id: string; tier: Tier; zone: string },
): Promise<AdminUser | undefined> {
  const [lock, change] = tierChange(id, tier, admin, mayWrite(admin))
  const [, , { rows }] = await asAdmin(settings, admin, (db) => [
    db.execute(lock),
    db.execute(change),
    db.execute<FoundRow>(selectUser(id, zone)),
  ])
  return rows[0] && toAdminUser(rows[0])
}
