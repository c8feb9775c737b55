/** Who may come in: the page's origins, Clerk's webhooks, the admins. */
import { INSTANCE_ID, WEBHOOK_SECRET } from '../../dev/settings.ts'
import { fetchInstanceId } from '../../worker/clerk/api.ts'
import { isSigningSecret } from '../../worker/clerk/events.ts'
import { bad, type Check, isLive, isStandIn, ok, warn } from './check.ts'

/** Bad with a plain-http origin beside a production key; an origin that is named twice is worth a look. */
export const authorizedParties: Check = {
  name: 'authorized parties',
  needs: ['CLERK_AUTHORIZED_PARTIES', 'CLERK_PUBLISHABLE_KEY'],
  look({ config }) {
    const parties = config.CLERK_AUTHORIZED_PARTIES
    const insecure = parties.filter((party) => !party.startsWith('https:'))
    if (isLive(config) && insecure.length > 0)
      return bad(
        `Not https, with a production key: ${insecure.join(', ')}`,
        'Leave only https origins in CLERK_AUTHORIZED_PARTIES: what is local belongs to a development instance',
      )
    const twice = parties.filter((party, at) => parties.indexOf(party) < at)
    if (twice.length > 0)
      return warn(`Named twice: ${twice.join(', ')}`, 'Take one out; was another origin meant?')
    return ok(parties.join(', '))
  },
}

/** Whether they are Clerk's nobody can ask: bad without one, with a malformed one, or with the one that everybody knows. */
export const webhookSecret: Check = {
  name: 'webhook secret',
  needs: ['CLERK_WEBHOOK_SIGNING_SECRET', 'CLERK_PUBLISHABLE_KEY'],
  look({ config }) {
    const secrets = config.CLERK_WEBHOOK_SIGNING_SECRET ?? []
    const name = 'CLERK_WEBHOOK_SIGNING_SECRET'
    if (secrets.length === 0)
      return bad(
        `${name} is not set: every webhook is answered 503`,
        'Set it: Clerk → Webhooks → the endpoint → Signing secret',
      )
    const unfit = secrets.findIndex((secret) => !isSigningSecret(secret))
    if (unfit >= 0)
      return bad(
        `${name}${secrets.length > 1 ? `, number ${unfit + 1},` : ''} is malformed: every webhook is answered 503`,
        'It should be whsec_ and the base64 of 24 bytes or more; two of them comma-separated',
      )
    if (!isStandIn(config) && secrets.includes(WEBHOOK_SECRET))
      return bad(
        `${name} is the local stack’s, which everybody knows: anybody can write users`,
        'Set your own: Clerk → Webhooks → the endpoint → Signing secret',
      )
    return ok(secrets.length > 1 ? `${secrets.length} in good form, any of them will do` : 'In good form')
  },
}

/** Bad where it is no real instance's. */
export const instanceId: Check = {
  name: 'instance id',
  needs: ['CLERK_INSTANCE_ID', 'CLERK_PUBLISHABLE_KEY', 'CLERK_SECRET_KEY', 'CLERK_API_URL'],
  async look({ config }) {
    const id = config.CLERK_INSTANCE_ID
    const where = 'instance_id in any delivery: Clerk → Webhooks → the endpoint → a message'
    if (!id)
      return warn(
        'CLERK_INSTANCE_ID is not set: another instance’s webhooks may write here',
        `Set it (ins_…): ${where}`,
      )
    if (!id.startsWith('ins_') || (!isStandIn(config) && id === INSTANCE_ID))
      return bad(
        'CLERK_INSTANCE_ID is no instance’s: every webhook becomes a dead letter',
        `It should be ins_…: ${where}`,
      )
    const opened = await fetchInstanceId(config)
    if (id !== opened)
      return bad(
        `CLERK_INSTANCE_ID is ${id}, and CLERK_SECRET_KEY opens ${opened}: webhooks become dead letters, and every pass stops`,
        `Set the one that is wrong; the instance's own id is ${where}`,
      )
    return ok(`${id}, which is the secret key’s`)
  },
}

/** A warning without any. Whether Clerk knows them is not asked. */
export const admins: Check = {
  name: 'admins',
  needs: [],
  look({ config, source }) {
    const count = config.ADMIN_USER_IDS.length
    if (count > 0) return ok(count === 1 ? 'One' : `${count}`)
    if (source === 'the local stack') return ok('npm run dev makes ada@example.com one')
    return warn(
      'ADMIN_USER_IDS is not set: nobody sees /admin',
      'Set it (user_…, comma-separated): Clerk → Users → the person → User ID',
    )
  },
}
