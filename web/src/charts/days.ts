/** Days and amounts as charts say them. */
import { amount } from '../ui/amount.ts'

const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const wholeDay = new Intl.DateTimeFormat('en', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  timeZone: 'UTC',
})
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** `2026-01-31` as `31 Jan`, or the like. A day has no zone: it is the same day wherever it is read. */
export const shortDay = (date: string) => day.format(new Date(date))

/** `Saturday, January 31`. */
export const fullDay = (date: string) => wholeDay.format(new Date(date))

/** `1.2K`. */
export const shortAmount = (value: number) => short.format(value)

/** Three who came today are not nobody, on an average day of thirty; nor is one. */
export function averageAmount(value: number): string {
  if (value > 0 && value < 0.1) return 'under 0.1'
  return amount(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))
}

export const sumOf = <Row>(rows: Row[], value: (row: Row) => number) =>
  rows.reduce((sum, row) => sum + value(row), 0)
