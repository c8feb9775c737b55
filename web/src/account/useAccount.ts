/** Tier and quota of the synced user, read again after every sync. */
import { isRecord } from '../api/json.ts'
import type { Reading, Source } from '../api/reader.ts'
import { useReading } from '../api/useReading.ts'
import type { SyncState } from '../users/syncState.ts'
import { parseQuota, parseUser, type Quota, type User } from '../users/user.ts'

export type Account = { user: User; quota: Quota | null }
export type AccountReading = Reading<Account>

const ACCOUNT: Source<Account> = {
  ask: ({ user }, options) => user.$get({}, options),
  parse: (body) => {
    const user = isRecord(body) ? parseUser(body.user) : null
    return isRecord(body) && user ? { user, quota: parseQuota(body.quota) } : null
  },
}

export function useAccount(sync: SyncState) {
  const syncedAt = sync.status === 'signed-out' ? null : sync.lastSyncedAt
  return useReading(syncedAt === null ? null : ACCOUNT, { after: syncedAt })
}
