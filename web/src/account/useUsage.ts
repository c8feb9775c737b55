/** What the synced user has used in the last month. */
import type { Source } from '../api/reader.ts'
import { useReading } from '../api/useReading.ts'
import type { SyncState } from '../users/syncState.ts'
import { parseUsageDays, type UsageDay } from './usage.ts'

const USAGE: Source<UsageDay[]> = {
  ask: ({ user }, options) => user.usage.$get({ query: {} }, options),
  parse: parseUsageDays,
}

export function useUsage(sync: SyncState) {
  const syncedAt = sync.status === 'signed-out' ? null : sync.lastSyncedAt
  return useReading(syncedAt === null ? null : USAGE, { after: syncedAt })
}
