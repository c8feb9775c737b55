/** A door's month as bars: pure numbers, so that the picture has nothing left to decide. */
import type { DayCount, Source } from './report.ts'
import { KIND_OF, KINDS, type Kind } from './words.ts'

export const CHART_DAYS = 30

const DAY_MS = 86_400_000

export interface Bar {
  /** `2026-01-31`. */
  day: string
  counts: Record<Kind, number>
  total: number
  /** From the ground up, in shares of the door's highest day. */
  segments: { kind: Kind; from: number; height: number }[]
}

/** The last {@link CHART_DAYS} days in UTC, the oldest first, also those on which nothing happened. */
export function barsOf(outcomes: DayCount[], source: Source, now: number): Bar[] {
  const counted = Array.from({ length: CHART_DAYS }, (_, index) => {
    const day = new Date(now - (CHART_DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10)
    const counts: Record<Kind, number> = { changed: 0, deleted: 0, nothing: 0, unusable: 0 }
    for (const outcome of outcomes)
      if (outcome.day === day && outcome.source === source) counts[KIND_OF[outcome.outcome]] += outcome.count
    return { day, counts, total: Object.values(counts).reduce((sum, count) => sum + count, 0) }
  })
  const highest = Math.max(1, ...counted.map(({ total }) => total))
  return counted.map((bar) => ({ ...bar, segments: segmentsOf(bar.counts, highest) }))
}

const ORDER: Kind[] = ['changed', 'deleted', 'nothing', 'unusable']

function segmentsOf(counts: Record<Kind, number>, highest: number) {
  let from = 0
  return ORDER.filter((kind) => counts[kind] > 0).map((kind) => {
    const segment = { kind, from, height: counts[kind] / highest }
    from += segment.height
    return segment
  })
}

/** `4 changed something, 1 deleted`; empty for a day without anything. */
export const barWords = ({ counts }: Pick<Bar, 'counts'>) =>
  ORDER.filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${KINDS[kind].label}`)
    .join(', ')
