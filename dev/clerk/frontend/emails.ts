/** The signed-in user's addresses. Mounted at `/v1/me/email_addresses`. */
import { type Context, Hono } from 'hono'
import { causeOf } from '../cause.ts'
import type { Clerk } from '../clerk.ts'
import { alreadyVerified, notFound } from '../errors.ts'
import type { EmailAddress, User } from '../state.ts'
import { isVerified } from '../users.ts'
import { deletedJson, emailAddressJson } from '../wire.ts'
import { codeSent, verified } from './codes.ts'
import { formOf, signedIn } from './request.ts'
import type { FrontendWire } from './wire.ts'

export function emailRoutes(clerk: Clerk, wire: FrontendWire): Hono {
  const { users } = clerk

  const emailOf = (c: Context, id: string): { user: User; email: EmailAddress } => {
    const { user } = signedIn(c, clerk)
    const email = user.emailAddresses.find((one) => one.id === id)
    if (!email) throw notFound('email address', id)
    return { user, email }
  }

  return new Hono()
    .get('/', (c) => wire.wrapped(c, signedIn(c, clerk).user.emailAddresses.map(emailAddressJson)))
    .post('/', async (c) => {
      const { user } = signedIn(c, clerk)
      const address = (await formOf(c)).text('email_address') ?? ''
      const email = users.addEmail(user, address, { verification: null }, causeOf(c))
      return wire.wrapped(c, emailAddressJson(email))
    })
    .get('/:id', (c) => wire.wrapped(c, emailAddressJson(emailOf(c, c.req.param('id')).email)))
    .delete('/:id', (c) => {
      const { user, email } = emailOf(c, c.req.param('id'))
      users.deleteEmail(user, email, { keepOne: true }, causeOf(c))
      return wire.wrapped(c, deletedJson('email_address', email.id))
    })
    .post('/:id/prepare_verification', (c) => {
      const { user, email } = emailOf(c, c.req.param('id'))
      if (isVerified(email)) throw alreadyVerified()
      users.updateEmail(user, email, { verification: codeSent(clerk.now()) }, causeOf(c))
      return wire.wrapped(c, emailAddressJson(email))
    })
    .post('/:id/attempt_verification', async (c) => {
      const { user, email } = emailOf(c, c.req.param('id'))
      if (isVerified(email)) throw alreadyVerified()
      const verification = verified(email.verification, (await formOf(c)).text('code'))
      users.updateEmail(user, email, { verification }, causeOf(c))
      return wire.wrapped(c, emailAddressJson(email))
    })
}
