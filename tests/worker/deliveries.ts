/** Clerk's deliveries as Svix sends them: written, signed, and brought to the Worker's door. */
import { env } from 'cloudflare:workers'
import { Webhook } from 'svix'
import { call } from './support.ts'

export const NOW = () => Math.floor(Date.now() / 1000)

/** Whom most deliveries are about. */
export const ID = 'user_Hooked'

export const user = (version: number, profile: Record<string, unknown> = {}) => ({
  id: ID,
  object: 'user',
  first_name: `v${version}`,
  last_name: null,
  image_url: null,
  primary_email_address_id: 'idn_1',
  email_addresses: [{ id: 'idn_1', email_address: `${ID}@example.com` }],
  banned: false,
  created_at: 1000,
  updated_at: version,
  ...profile,
})

export const event = (type: string, data: unknown, envelope: Record<string, unknown> = {}) =>
  JSON.stringify({
    data,
    event_attributes: {},
    instance_id: env.CLERK_INSTANCE_ID,
    object: 'event',
    timestamp: Date.now(),
    type,
    ...envelope,
  })
export const created = (version: number, profile?: Record<string, unknown>) =>
  event('user.created', user(version, profile))
export const updated = (version: number, profile?: Record<string, unknown>) =>
  event('user.updated', user(version, profile))
export const deleted = (id = ID) => event('user.deleted', { id, object: 'user', deleted: true })

let count = 0
export type Delivery = { messageId?: string; timestamp?: number; secret?: string }
export function signed(
  body: string,
  { messageId, timestamp = NOW(), secret }: Delivery = {},
): Record<string, string> {
  count += 1
  const id = messageId ?? `msg_${count}`
  return {
    'svix-id': id,
    'svix-timestamp': String(timestamp),
    'svix-signature': new Webhook(secret ?? env.CLERK_WEBHOOK_SIGNING_SECRET).sign(
      id,
      new Date(timestamp * 1000),
      body,
    ),
    'Content-Type': 'application/json',
  }
}

export const post = (body: BodyInit, headers: Record<string, string>, bindings = {}) =>
  call('/api/webhooks/clerk', { method: 'POST', body, headers, bindings })
export const deliver = (body: string, delivery: Delivery = {}) => post(body, signed(body, delivery))
