/** Which request made a change: Clerk's webhooks carry it as `event_attributes.http_request`. */
import type { Context } from 'hono'

export type Cause = { client_ip: string; user_agent: string }

export const causeOf = (c: Context): Cause => ({
  client_ip: c.req.header('x-forwarded-for')?.split(',')[0]?.trim() ?? '127.0.0.1',
  user_agent: c.req.header('user-agent') ?? '',
})
