/** The signed-in user's own account: profile, password, picture, sessions, deletion. Mounted at `/v1/me`. */
import { type Context, Hono } from 'hono'
import { causeOf } from '../cause.ts'
import type { Clerk } from '../clerk.ts'
import { deleteSelfForbidden, imageInvalid, notFound, passwordIncorrect } from '../errors.ts'
import { checkPassword, hashPassword, isPassword } from '../passwords.ts'
import type { Session, User } from '../state.ts'
import { isVerified } from '../users.ts'
import { deletedJson } from '../wire.ts'
import { emailRoutes } from './emails.ts'
import { type Form, formOf, metadataOf, signedIn } from './request.ts'
import type { FrontendWire } from './wire.ts'

export function meRoutes(clerk: Clerk, wire: FrontendWire): Hono {
  const { users, sessions, images } = clerk

  const activeSessionJson = (session: Session) => ({
    ...wire.sessionBase(session),
    latest_activity: {
      object: 'session_activity',
      id: session.activityId,
      is_mobile: /Mobi/.test(session.userAgent),
      ...deviceOf(session.userAgent),
      ip_address: session.clientIp,
      city: 'this machine',
    },
  })

  const setImage = async (user: User, imageId: string | null, c: Context) => {
    const before = user.imageId
    users.update(user, { imageId }, causeOf(c))
    if (before) await images.delete(before)
  }

  return (
    new Hono()
      .get('/', (c) => wire.wrapped(c, wire.user(signedIn(c, clerk).user)))
      .patch('/', async (c) => {
        const { user } = signedIn(c, clerk)
        users.update(user, profileChanges(user, await formOf(c)), causeOf(c))
        return wire.wrapped(c, wire.user(user))
      })
      .delete('/', async (c) => {
        const { user } = signedIn(c, clerk)
        if (!user.deleteSelfEnabled) throw deleteSelfForbidden()
        clerk.deleteUser(user.id, causeOf(c))
        return wire.wrapped(c, deletedJson('user', user.id))
      })
      .patch('/metadata', async (c) => {
        const { user } = signedIn(c, clerk)
        const given = metadataOf((await formOf(c)).text('unsafe_metadata'))
        users.update(user, { unsafeMetadata: { ...user.unsafeMetadata, ...given } }, causeOf(c))
        return wire.wrapped(c, wire.user(user))
      })
      .post('/change_password', async (c) => {
        const { user, session } = signedIn(c, clerk)
        const form = await formOf(c)
        const isCurrent =
          user.passwordHash === null ||
          (await isPassword(form.text('current_password') ?? '', user.passwordHash))
        if (!isCurrent) throw passwordIncorrect('current_password')
        const password = form.text('new_password') ?? ''
        checkPassword(password, 'new_password')
        const passwordHash = await hashPassword(password)
        users.update(user, { passwordHash, passwordUpdatedAt: clerk.now() }, causeOf(c))
        if (form.text('sign_out_of_other_sessions') === 'true')
          sessions.endAllOf(user.id, { except: session })
        return wire.wrapped(c, wire.user(user))
      })
      .post('/profile_image', async (c) => {
        const { user } = signedIn(c, clerk)
        const file = (await formOf(c)).file('file')
        if (!file) throw imageInvalid()
        const id = await images.save(file, clerk.now())
        await setImage(user, id, c)
        return wire.wrapped(c, { object: 'image', id, name: file.name, public_url: images.urlOf(user) })
      })
      .delete('/profile_image', async (c) => {
        const { user } = signedIn(c, clerk)
        const id = user.imageId ?? ''
        await setImage(user, null, c)
        return wire.wrapped(c, deletedJson('image', id))
      })
      // The one answer that comes without its wrapping.
      .get('/sessions/active', (c) => {
        const { user } = signedIn(c, clerk)
        return c.json(sessions.ofUser(user.id).map(activeSessionJson))
      })
      .post('/sessions/:id/revoke', async (c) => {
        const { user } = signedIn(c, clerk)
        const session = sessions.ofUser(user.id).find(({ id }) => id === c.req.param('id'))
        if (!session) throw notFound('session', c.req.param('id'))
        sessions.end(session, 'revoked')
        return wire.wrapped(c, activeSessionJson(session))
      })
      .route('/email_addresses', emailRoutes(clerk, wire))
  )
}

function profileChanges(user: User, form: Form): Partial<User> {
  const [firstName, lastName] = [form.nullable('first_name'), form.nullable('last_name')]
  const primaryEmailAddressId = form.text('primary_email_address_id')
  if (primaryEmailAddressId) {
    const email = user.emailAddresses.find(({ id }) => id === primaryEmailAddressId)
    if (!email || !isVerified(email)) throw notFound('verified email address', primaryEmailAddressId)
  }
  const unsafeMetadata = form.text('unsafe_metadata')
  return {
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    ...(primaryEmailAddressId && { primaryEmailAddressId }),
    ...(unsafeMetadata && { unsafeMetadata: metadataOf(unsafeMetadata) }),
  }
}

/** Enough to tell two browsers apart in the list of devices. */
function deviceOf(userAgent: string) {
  const [, name, version] = userAgent.match(/(Edg|Firefox|HeadlessChrome|Chrome|Safari)\/([\d.]+)/) ?? []
  const [, system] = userAgent.match(/\((?:X11; )?(Windows|Macintosh|Linux|iPhone|iPad|Android)/) ?? []
  return {
    ...(system && { device_type: system }),
    ...(name && { browser_name: name, browser_version: version }),
  }
}
