/**
 * The Backend API, for servers that hold the secret key. Bodies and answers follow Clerk's OpenAPI of 2026-05-12
 * (https://github.com/clerk/openapi-specs).
 */
import { Hono } from 'hono'
import * as z from 'zod'
import { INSTANCE_ID, SECRET_KEY } from '../../settings.ts'
import { causeOf } from '../cause.ts'
import type { Clerk } from '../clerk.ts'
import { notFound, secretKeyInvalid } from '../errors.ts'
import { VERIFIED_BY_ADMIN } from '../users.ts'
import { deletedJson, emailAddressJson } from '../wire.ts'
import { jsonBody } from './body.ts'
import { backendUserRoutes } from './users.ts'

const newEmail = z.strictObject({
  user_id: z.string(),
  email_address: z.string(),
  verified: z.boolean().nullish(),
  primary: z.boolean().nullish(),
  notify_primary_email_address_changed: z.boolean().nullish(),
})

const changedEmail = newEmail.omit({ user_id: true, email_address: true })

/** Mounted at `/v1`. */
export function backendApi(clerk: Clerk): Hono {
  const { users } = clerk
  const emailOf = (id: string) => {
    const found = users.findEmail(id)
    if (!found) throw notFound('email address', id)
    return found
  }

  const emails = new Hono()
    .post('/', async (c) => {
      const body = await jsonBody(c, newEmail)
      const user = users.find(body.user_id)
      if (!user) throw notFound('user', body.user_id)
      const options = {
        verification: body.verified ? VERIFIED_BY_ADMIN : null,
        primary: body.primary ?? false,
      }
      return c.json(emailAddressJson(users.addEmail(user, body.email_address, options, causeOf(c))))
    })
    .get('/:id', (c) => c.json(emailAddressJson(emailOf(c.req.param('id')).email)))
    .patch('/:id', async (c) => {
      const { user, email } = emailOf(c.req.param('id'))
      const body = await jsonBody(c, changedEmail)
      const changes = {
        ...(body.verified && { verification: VERIFIED_BY_ADMIN }),
        primary: body.primary ?? false,
      }
      users.updateEmail(user, email, changes, causeOf(c))
      return c.json(emailAddressJson(email))
    })
    .delete('/:id', (c) => {
      const { user, email } = emailOf(c.req.param('id'))
      users.deleteEmail(user, email, {}, causeOf(c))
      return c.json(deletedJson('email_address', email.id))
    })

  const api = new Hono()
  for (const path of ['/jwks', '/instance', '/users/*', '/email_addresses/*'])
    api.use(path, async (c, next) => {
      if (c.req.header('authorization') !== `Bearer ${SECRET_KEY}`) throw secretKeyInvalid()
      await next()
    })
  return api
    .get('/jwks', (c) => c.json({ keys: [clerk.signer.jwk] }))
    .get('/instance', (c) =>
      c.json({
        object: 'instance',
        id: INSTANCE_ID,
        environment_type: 'development',
        allowed_origins: null,
        workspace_id: null,
      }),
    )
    .route('/users', backendUserRoutes(clerk))
    .route('/email_addresses', emails)
}
