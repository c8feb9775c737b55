/** The figures of a stretch of days, read again by themselves while somebody looks at them. */
import { useMemo } from 'react'
import type { Source } from '../../api/reader.ts'
import { useReading } from '../../api/useReading.ts'
import { type Analytics, parseAnalytics } from './analytics.ts'

export const STRETCHES = [7, 30, 90] as const
export type Stretch = (typeof STRETCHES)[number]

/** They change with every message; who looks at months need not see each. */
const EVERY_MS = 60_000

const analyticsOf = (days: Stretch): Source<Analytics> => ({
  ask: ({ admin }, options) => admin.analytics.$get({ query: { days: String(days) } }, options),
  parse: parseAnalytics,
})

export function useAnalytics(stretch: Stretch) {
  const source = useMemo(() => analyticsOf(stretch), [stretch])
  return useReading(source, { everyMs })
}

const everyMs = () => EVERY_MS
