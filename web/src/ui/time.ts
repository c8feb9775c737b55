/** Times in words. */

/** How often a time in words is told anew: a reader's `now` may be this old. */
export const TICK_MS = 10_000

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** `3 minutes ago`, `in 5 hours`; anything closer than a minute is `just now` or `in a moment`. */
export function relativeTime(time: number, now: number): string {
  const distance = time - now
  const [unit, size] = UNITS.find(([, unitMs]) => Math.abs(distance) >= unitMs) ?? []
  if (unit && size) return relative.format(Math.round(distance / size), unit)
  return distance > TICK_MS ? 'in a moment' : 'just now'
}

/** In the reader's own zone and habits. */
export const exactTime = (time: number | string | Date): string => exact.format(new Date(time))

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

/** `05:30`, as the reader's clock on the wall would say it. */
export const clockTime = (time: number | string): string => timeOfDay.format(new Date(time))
