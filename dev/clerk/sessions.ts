/** Browsers (Clerk calls them clients) and the sessions signed in on them. */
import { randomBytes } from 'node:crypto'
import type { Cause } from './cause.ts'
import { userBanned, userLocked } from './errors.ts'
import { newId } from './ids.ts'
import type { Client, Session, User } from './state.ts'
import type { Store } from './store.ts'
import type { Users } from './users.ts'

const DAY_MS = 24 * 60 * 60_000

/** Clerk's defaults: a session ends after 7 days, or 30 days after a browser was last seen. */
const SESSION_MS = 7 * DAY_MS
const ABANDON_MS = 30 * DAY_MS

export class Sessions {
  readonly #store: Store
  readonly #users: Users
  readonly #now: () => number

  constructor(store: Store, users: Users, now: () => number) {
    this.#store = store
    this.#users = users
    this.#now = now
  }

  createClient(): Client {
    const now = this.#now()
    const client: Client = {
      id: newId('client', now),
      cookie: randomBytes(32).toString('base64url'),
      signIn: null,
      signUp: null,
      lastActiveSessionId: null,
      lastAuthenticationStrategy: null,
      createdAt: now,
      updatedAt: now,
    }
    this.#store.clients.set(client.id, client)
    this.#store.changed()
    return client
  }

  clientOf(cookie: string): Client | undefined {
    for (const client of this.#store.clients.values()) if (client.cookie === cookie) return client
    return undefined
  }

  changed(client: Client): void {
    client.updatedAt = this.#now()
    this.#store.changed()
  }

  /** @throws {ClerkError} when the user is banned or locked. */
  assertMayEnter(user: User): void {
    if (user.banned) throw userBanned()
    if (user.lockedUntil && user.lockedUntil > this.#now())
      throw userLocked((user.lockedUntil - this.#now()) / 1000)
  }

  start(client: Client, user: User, strategy: string, { client_ip, user_agent }: Cause): Session {
    this.assertMayEnter(user)
    const now = this.#now()
    // One session a browser, as in a new Clerk instance: the one before gives way.
    for (const session of this.ofClient(client)) this.end(session, 'removed')
    const session: Session = {
      id: newId('sess', now),
      clientId: client.id,
      userId: user.id,
      status: 'active',
      verifiedAt: now,
      reverification: null,
      activityId: newId('sess', now).replace('sess', 'sess_activity'),
      userAgent: user_agent,
      clientIp: client_ip,
      lastActiveAt: now,
      expireAt: now + SESSION_MS,
      abandonAt: now + ABANDON_MS,
      createdAt: now,
      updatedAt: now,
    }
    this.#store.sessions.set(session.id, session)
    client.lastActiveSessionId = session.id
    client.lastAuthenticationStrategy = strategy
    this.changed(client)
    this.#users.seen(user, { signedIn: true })
    return session
  }

  /** The live sessions of one browser, oldest first. */
  ofClient(client: Client): Session[] {
    return this.#alive(({ clientId }) => clientId === client.id)
  }

  ofUser(userId: string): Session[] {
    return this.#alive((session) => session.userId === userId)
  }

  /** A live session of this browser and its user; somebody else's and a dead one are both missing. */
  find(client: Client, id: string): { session: Session; user: User } | undefined {
    const session = this.ofClient(client).find((one) => one.id === id)
    const user = session && this.#users.find(session.userId)
    return session && user && { session, user }
  }

  touch(client: Client, session: Session, user: User): void {
    session.lastActiveAt = this.#now()
    session.updatedAt = session.lastActiveAt
    session.abandonAt = session.lastActiveAt + ABANDON_MS
    client.lastActiveSessionId = session.id
    this.changed(client)
    this.#users.seen(user)
  }

  /** Dead sessions are forgotten: their tokens get a 401, which signs clerk-js out. */
  end(session: Session, status: 'ended' | 'removed' | 'revoked'): void {
    session.status = status
    session.updatedAt = this.#now()
    this.#store.sessions.delete(session.id)
    const client = this.#store.clients.get(session.clientId)
    if (client?.lastActiveSessionId === session.id)
      client.lastActiveSessionId = this.ofClient(client).at(-1)?.id ?? null
    this.#store.changed()
  }

  endAllOf(userId: string, { except }: { except?: Session } = {}): void {
    for (const session of this.ofUser(userId)) if (session !== except) this.end(session, 'revoked')
  }

  #alive(matches: (session: Session) => boolean): Session[] {
    const now = this.#now()
    return [...this.#store.sessions.values()].filter(
      (session) => session.expireAt > now && session.abandonAt > now && matches(session),
    )
  }
}
