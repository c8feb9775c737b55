/** What is used on a day, as the API tells it: parsed once where it arrives. */
import { count, isRecord, text } from '../api/json.ts'

export interface UsageDay {
  /** `2026-01-31`. */
  day: string
  messages: number
  promptTokens: number
  completionTokens: number
}

export const parseUsageDays = (body: unknown): UsageDay[] | null =>
  isRecord(body) && Array.isArray(body.days) ? body.days.flatMap(parseUsageDay) : null

export function parseUsageDay(item: unknown): UsageDay[] {
  if (!isRecord(item)) return []
  const day = text(item.day)
  const messages = count(item.messages)
  const promptTokens = count(item.promptTokens)
  const completionTokens = count(item.completionTokens)
  if (day === null || messages === null || promptTokens === null || completionTokens === null) return []
  return [{ day, messages, promptTokens, completionTokens }]
}
