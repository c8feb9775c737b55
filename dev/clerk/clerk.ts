/** The parts of one running stand-in, as its routes see them. */

import { INSTANCE_ID } from '../settings.ts'
import type { Cause } from './cause.ts'
import { Deliveries } from './deliveries.ts'
import { newId } from './ids.ts'
import { Images } from './images.ts'
import { Sessions } from './sessions.ts'
import { Signer } from './signing.ts'
import type { Store } from './store.ts'
import { type UserEvent, Users } from './users.ts'
import { backendUserJson, deletedJson } from './wire.ts'

export class Clerk {
  readonly now = Date.now
  readonly store: Store
  readonly signer: Signer
  readonly deliveries: Deliveries
  readonly images: Images
  readonly users: Users
  readonly sessions: Sessions

  /** @param baseUrl where browsers reach the stand-in. */
  constructor(store: Store, baseUrl: () => string) {
    this.store = store
    this.signer = new Signer(store.signingKey)
    this.deliveries = new Deliveries(store, this.now)
    this.images = new Images(store, baseUrl)
    this.users = new Users(store, this.now, (event, cause) => this.#announce(event, cause))
    this.sessions = new Sessions(store, this.users, this.now)
  }

  /** The envelope of Clerk's webhooks (https://clerk.com/docs/guides/development/webhooks/overview). */
  #announce({ type, user }: UserEvent, cause: Cause): void {
    const timestamp = this.now()
    this.deliveries.add(newId('msg', timestamp), type, {
      data:
        type === 'user.deleted'
          ? { ...deletedJson('user', user.id), ...(user.externalId && { external_id: user.externalId }) }
          : backendUserJson(user, this.images.urlOf, timestamp),
      event_attributes: { http_request: cause },
      instance_id: INSTANCE_ID,
      object: 'event',
      timestamp,
      type,
    })
  }

  /** Deleted or banned: nobody stays signed in. */
  deleteUser(id: string, cause: Cause): boolean {
    const user = this.users.find(id)
    if (!user) return false
    this.sessions.endAllOf(id)
    this.users.delete(user, cause)
    if (user.imageId) void this.images.delete(user.imageId)
    return true
  }
}
