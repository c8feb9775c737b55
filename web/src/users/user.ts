/** The user and the quota as Neon holds them, parsed once where they arrive. */
import { count, isRecord, text } from '../api/json.ts'

export const SYNC_OUTCOMES = ['created', 'updated', 'unchanged', 'stale'] as const
export type SyncOutcome = (typeof SYNC_OUTCOMES)[number]

export interface User {
  id: string
  email: string | null
  firstName: string | null
  lastName: string | null
  imageUrl: string | null
  tier: string
  /** ISO 8601, UTC. */
  createdAt: string
  updatedAt: string
}

export interface Quota {
  limit: number
  used: number
  remaining: number
  /** ISO 8601, UTC. */
  resetAt: string
}

export function parseUser(value: unknown): User | null {
  if (!isRecord(value)) return null
  const id = text(value.id)
  const tier = text(value.tier)
  const createdAt = text(value.createdAt)
  const updatedAt = text(value.updatedAt)
  if (id === null || tier === null || createdAt === null || updatedAt === null) return null
  return {
    id,
    email: text(value.email),
    firstName: text(value.firstName),
    lastName: text(value.lastName),
    imageUrl: text(value.imageUrl),
    tier,
    createdAt,
    updatedAt,
  }
}

export function parseQuota(value: unknown): Quota | null {
  if (!isRecord(value)) return null
  const limit = count(value.limit)
  const used = count(value.used)
  const remaining = count(value.remaining)
  const resetAt = text(value.resetAt)
  if (limit === null || used === null || remaining === null || resetAt === null) return null
  return { limit, used, remaining, resetAt }
}

export function parseOutcome(value: unknown): SyncOutcome | null {
  return SYNC_OUTCOMES.find((outcome) => outcome === value) ?? null
}
