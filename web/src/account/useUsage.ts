/** What the synced user has used in the last month. */
import { count, isRecord, text } from '../api/json.ts'
import type { Source } from '../api/read.ts'
import { useReading } from '../api/useReading.ts'
import type { SyncState } from '../users/syncState.ts'
import { api } from '../users/useUserSync.ts'

export interface UsageDay {
  /** `2026-01-31`. */
  day: string
  messages: number
  promptTokens: number
  completionTokens: number
}

const USAGE: Source<UsageDay[]> = {
  ask: (options) => api.api.user.usage.$get({ query: {} }, options),
  parse: (body) => (isRecord(body) && Array.isArray(body.days) ? body.days.flatMap(parseUsageDay) : null),
}

export function useUsage(sync: SyncState) {
  const syncedAt = sync.status === 'signed-out' ? null : sync.lastSyncedAt
  return useReading(syncedAt === null ? null : USAGE, { after: syncedAt })
}

export function parseUsageDay(item: unknown): UsageDay[] {
  if (!isRecord(item)) return []
  const day = text(item.day)
  const messages = count(item.messages)
  const promptTokens = count(item.promptTokens)
  const completionTokens = count(item.completionTokens)
  if (day === null || messages === null || promptTokens === null || completionTokens === null) return []
  return [{ day, messages, promptTokens, completionTokens }]
}
