/** What a user has used, day by day. */
import { sql } from 'drizzle-orm'
import type { DatabaseSettings } from '../db/client.ts'
import { readAs } from '../users/standing.ts'

type UsageDay = {
  /** `2026-01-31`. */
  day: string
  messages: number
  promptTokens: number
  completionTokens: number
}

/**
 * The last days of this time zone by the database's clock, the oldest first, also those without a message. One request.
 * @throws {Problem} `user_deleted`, `user_banned`; `not_found` for a user who has never been synced.
 */
export async function readUsage(
  settings: DatabaseSettings,
  userId: string,
  days: number,
  zone: string,
): Promise<UsageDay[]> {
  const [{ rows }] = await readAs(settings, userId, (db) => [
    db.execute<UsageDay>(sql`
      select to_char(calendar.day, 'YYYY-MM-DD') as day, coalesce(messages, 0) as messages,
        coalesce(prompt_tokens, 0)::float8 as "promptTokens", coalesce(completion_tokens, 0)::float8 as "completionTokens"
      from (${lastDays(days, zone)}) as calendar
        left join usage_daily on user_id = ${userId} and usage_daily.day = calendar.day
      order by calendar.day`),
  ])
  return rows
}

/** So many rows `{ day }`, the last of them today in this time zone. */
export const lastDays = (days: number, zone: string) => sql`
  select (now() at time zone ${zone}::text)::date - ago as day from generate_series(0, ${days - 1}::int) as ago`
