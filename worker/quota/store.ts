/** The quota's SQL. The database's clock alone says which day it is, daylight saving included. */
import { type SQL, sql } from 'drizzle-orm'

/** The instant at which the day in this time zone began. */
export const dayStart = (zone: string): SQL => localMidnight(zone, sql`interval '0 days'`)

/** The instant at which the next day in this time zone begins: 23, 24 or 25 hours later. */
export const nextDayStart = (zone: string): SQL => localMidnight(zone, sql`interval '1 day'`)

/** Messages sent today, for a query that has `rate_limits` joined. */
export const usedToday = (zone: string): SQL =>
  sql`case when rate_limits.window_start = ${dayStart(zone)} then rate_limits.message_count else 0 end`

const localMidnight = (zone: string, offset: SQL): SQL =>
  sql`((date_trunc('day', now() at time zone ${zone}::text) + ${offset}) at time zone ${zone}::text)`
