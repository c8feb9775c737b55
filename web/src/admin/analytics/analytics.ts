/** Who uses SwarAI, and how much, as the API tells it: parsed once where it arrives. */
import { parseUsageDay, type UsageDay } from '../../account/usage.ts'
import { count, isRecord, text } from '../../api/json.ts'

export interface AnalyticsDay extends UsageDay {
  signUps: number
  active: number
}

export interface Analytics {
  tiers: { tier: string; users: number }[]
  users: number
  isEstimate: boolean
  monthlyActive: number
  days: AnalyticsDay[]
}

export function parseAnalytics(body: unknown): Analytics | null {
  if (!isRecord(body) || !isRecord(body.totals) || !Array.isArray(body.days)) return null
  const users = count(body.totals.users)
  const monthlyActive = count(body.totals.monthlyActive)
  if (users === null || monthlyActive === null) return null
  return {
    tiers: Array.isArray(body.tiers) ? body.tiers.flatMap(parseTierCount) : [],
    users,
    isEstimate: body.totals.isEstimate === true,
    monthlyActive,
    days: body.days.flatMap(parseDay),
  }
}

function parseTierCount(item: unknown): { tier: string; users: number }[] {
  if (!isRecord(item)) return []
  const tier = text(item.tier)
  const users = count(item.users)
  return tier === null || users === null ? [] : [{ tier, users }]
}

function parseDay(item: unknown): AnalyticsDay[] {
  if (!isRecord(item)) return []
  const signUps = count(item.signUps)
  const active = count(item.active)
  if (signUps === null || active === null) return []
  return parseUsageDay(item).map((day) => ({ ...day, signUps, active }))
}
