/** The Backend API's users: https://clerk.com/docs/reference/backend-api/tag/users. */
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { causeOf } from '../cause.ts'
import type { Clerk } from '../clerk.ts'
import { notFound } from '../errors.ts'
import { checkPassword, hashPassword, isPassword } from '../passwords.ts'
import type { User } from '../state.ts'
import { isVerified, VERIFIED_BY_ADMIN } from '../users.ts'
import { backendUserJson, deletedJson } from '../wire.ts'
import { jsonBody } from './body.ts'
import { filterUsers, pageOfUsers } from './user-queries.ts'

const text = z.string().nullish()
const metadata = z.record(z.string(), z.unknown()).nullish()
const date = z.iso.datetime({ offset: true }).nullish()

/** Of the many parameters those that mean something here; another one is refused as Clerk refuses an unknown one. */
const profile = {
  external_id: text,
  first_name: text,
  last_name: text,
  username: text,
  locale: text,
  password: text,
  skip_password_checks: z.boolean().nullish(),
  delete_self_enabled: z.boolean().nullish(),
  legal_accepted_at: date,
  skip_legal_checks: z.boolean().nullish(),
  created_at: date,
}

const newUser = z.strictObject({
  ...profile,
  email_address: z.array(z.string()).nullish(),
  skip_password_requirement: z.boolean().nullish(),
  public_metadata: metadata,
  private_metadata: metadata,
  unsafe_metadata: metadata,
})

const changedUser = z.strictObject({
  ...profile,
  primary_email_address_id: text,
  notify_primary_email_address_changed: z.boolean().nullish(),
  sign_out_of_other_sessions: z.boolean().nullish(),
})

const changedMetadata = z.strictObject({
  public_metadata: metadata,
  private_metadata: metadata,
  unsafe_metadata: metadata,
})

const userIds = z.strictObject({ user_ids: z.array(z.string()).min(1).max(50) })

const at = (date: string) => new Date(date).getTime()

/** The blank string takes a value away, as null does; an absent one leaves it alone. */
function profileChanges(body: z.infer<z.ZodObject<typeof profile>>): Partial<User> {
  return {
    ...(body.external_id !== undefined && { externalId: body.external_id || null }),
    ...(body.first_name !== undefined && { firstName: body.first_name || null }),
    ...(body.last_name !== undefined && { lastName: body.last_name || null }),
    ...(body.username !== undefined && { username: body.username || null }),
    ...(body.locale !== undefined && { locale: body.locale || null }),
    ...(typeof body.delete_self_enabled === 'boolean' && { deleteSelfEnabled: body.delete_self_enabled }),
    ...(body.legal_accepted_at && { legalAcceptedAt: at(body.legal_accepted_at) }),
    ...(body.created_at && { createdAt: at(body.created_at) }),
  }
}

export function backendUserRoutes(clerk: Clerk): Hono {
  const { users, sessions } = clerk
  const json = (user: User) => backendUserJson(user, clerk.images.urlOf, clerk.now())

  const userOf = (id: string): User => {
    const user = users.find(id)
    if (!user) throw notFound('user', id)
    return user
  }

  const newPassword = async (body: {
    password?: string | null | undefined
    skip_password_checks?: boolean | null | undefined
  }) => {
    if (!body.password) return {}
    if (!body.skip_password_checks) checkPassword(body.password)
    return { passwordHash: await hashPassword(body.password), passwordUpdatedAt: clerk.now() }
  }

  const setBanned = (c: Context, user: User, banned: boolean) => {
    users.update(user, { banned }, causeOf(c))
    if (banned) sessions.endAllOf(user.id)
    return json(user)
  }

  const setMetadata = async (c: Context, user: User, merge: typeof merged) => {
    const body = await jsonBody(c, changedMetadata)
    users.update(
      user,
      {
        ...(body.public_metadata && { publicMetadata: merge(user.publicMetadata, body.public_metadata) }),
        ...(body.private_metadata && { privateMetadata: merge(user.privateMetadata, body.private_metadata) }),
        ...(body.unsafe_metadata && { unsafeMetadata: merge(user.unsafeMetadata, body.unsafe_metadata) }),
      },
      causeOf(c),
    )
    return c.json(json(user))
  }

  return new Hono()
    .get('/', (c) => {
      const { searchParams } = new URL(c.req.url)
      return c.json(pageOfUsers(filterUsers(users.all(), searchParams), searchParams).map(json))
    })
    .get('/count', (c) => {
      const count = filterUsers(users.all(), new URL(c.req.url).searchParams).length
      return c.json({ object: 'total_count', total_count: count })
    })
    .post('/', async (c) => {
      const body = await jsonBody(c, newUser)
      const password = await newPassword(body)
      const user = users.create(
        {
          ...profileChanges(body),
          ...password,
          publicMetadata: body.public_metadata ?? {},
          privateMetadata: body.private_metadata ?? {},
          unsafeMetadata: body.unsafe_metadata ?? {},
          addresses: (body.email_address ?? []).map((address) => ({
            address,
            verification: VERIFIED_BY_ADMIN,
          })),
        },
        causeOf(c),
      )
      return c.json(json(user))
    })
    .post('/ban', async (c) => {
      const { user_ids } = await jsonBody(c, userIds)
      return c.json(user_ids.map(userOf).map((user) => setBanned(c, user, true)))
    })
    .post('/unban', async (c) => {
      const { user_ids } = await jsonBody(c, userIds)
      return c.json(user_ids.map(userOf).map((user) => setBanned(c, user, false)))
    })
    .get('/:id', (c) => c.json(json(userOf(c.req.param('id')))))
    .patch('/:id', async (c) => {
      const user = userOf(c.req.param('id'))
      const body = await jsonBody(c, changedUser)
      const primary = user.emailAddresses.find(({ id }) => id === body.primary_email_address_id)
      if (body.primary_email_address_id && (!primary || !isVerified(primary)))
        throw notFound('verified email address', body.primary_email_address_id)
      users.update(
        user,
        {
          ...profileChanges(body),
          ...(await newPassword(body)),
          ...(primary && { primaryEmailAddressId: primary.id }),
        },
        causeOf(c),
      )
      if (body.sign_out_of_other_sessions) sessions.endAllOf(user.id)
      return c.json(json(user))
    })
    .delete('/:id', (c) => {
      const user = userOf(c.req.param('id'))
      clerk.deleteUser(user.id, causeOf(c))
      return c.json({
        ...deletedJson('user', user.id),
        ...(user.externalId && { external_id: user.externalId }),
      })
    })
    .patch('/:id/metadata', (c) => setMetadata(c, userOf(c.req.param('id')), merged))
    .put('/:id/metadata', (c) => setMetadata(c, userOf(c.req.param('id')), (_old, given) => given))
    .post('/:id/ban', (c) => c.json(setBanned(c, userOf(c.req.param('id')), true)))
    .post('/:id/unban', (c) => c.json(setBanned(c, userOf(c.req.param('id')), false)))
    .post('/:id/lock', (c) => {
      const user = userOf(c.req.param('id'))
      users.lock(user, causeOf(c))
      return c.json(json(user))
    })
    .post('/:id/unlock', (c) => {
      const user = userOf(c.req.param('id'))
      users.update(user, { lockedUntil: null }, causeOf(c))
      return c.json(json(user))
    })
    .post('/:id/verify_password', async (c) => {
      const user = userOf(c.req.param('id'))
      const { password } = await jsonBody(c, z.strictObject({ password: z.string() }))
      const verified = user.passwordHash !== null && (await isPassword(password, user.passwordHash))
      return c.json({ verified })
    })
    .put('/:id/email_address', async (c) => {
      const user = userOf(c.req.param('id'))
      const { email_address } = await jsonBody(c, z.object({ email_address: z.string() }))
      users.replaceEmails(user, email_address, causeOf(c))
      return c.json(json(user))
    })
}

/** Clerk merges deeply; null removes a key. */
function merged(old: Record<string, unknown>, given: Record<string, unknown>): Record<string, unknown> {
  const result = new Map(Object.entries(old))
  for (const [key, value] of Object.entries(given)) {
    const before = result.get(key)
    if (value === null) result.delete(key)
    else result.set(key, isRecord(before) && isRecord(value) ? merged(before, value) : value)
  }
  return Object.fromEntries(result)
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
