/** What the synced user has used in the last month. */
import type { Source } from '../api/read.ts'
import { useReading } from '../api/useReading.ts'
import type { SyncState } from '../users/syncState.ts'
import { api } from '../users/useUserSync.ts'
import { parseUsage, type UsageDay } from './usage.ts'

const USAGE: Source<UsageDay[]> = {
  ask: (options) => api.api.user.usage.$get({ query: {} }, options),
  parse: parseUsage,
}

export function useUsage(sync: SyncState) {
  const syncedAt = sync.status === 'signed-out' ? null : sync.lastSyncedAt
  return useReading(syncedAt === null ? null : USAGE, { after: syncedAt })
}
