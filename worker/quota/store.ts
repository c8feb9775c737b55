/** The quota's SQL. The database's clock alone says which day it is, daylight saving included. */
import { type SQL, sql } from 'drizzle-orm'
import { rateLimits } from '../db/schema.ts'

/** The instant at which the day in this time zone began. */
export const dayStart = (zone: string): SQL<Date> => localMidnight(zone, sql`interval '0 days'`)

/** The instant at which the next day in this time zone begins: 23, 24 or 25 hours later. */
export const nextDayStart = (zone: string): SQL<Date> => localMidnight(zone, sql`interval '1 day'`)

/** Messages sent today, for a query that has `rate_limits` joined. */
export const usedToday = (zone: string): SQL<number> =>
  sql<number>`case when ${rateLimits.windowStart} = ${dayStart(zone)} then ${rateLimits.messageCount} else 0 end`.mapWith(
    Number,
  )

const localMidnight = (zone: string, offset: SQL): SQL<Date> =>
  sql<Date>`((date_trunc('day', now() at time zone ${zone}) + ${offset}) at time zone ${zone})`.mapWith(
    (value: string) => new Date(value),
  )
