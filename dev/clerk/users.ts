/** Users and their addresses: every change goes through here, moves `updated_at` on, and becomes a webhook. */
import type { Cause } from './cause.ts'
import { emailMalformed, emailTaken, lastIdentification } from './errors.ts'
import { newId } from './ids.ts'
import type { EmailAddress, User, Verification } from './state.ts'
import type { Store } from './store.ts'

export type UserEvent = { type: 'user.created' | 'user.updated' | 'user.deleted'; user: User }

type NewUser = Partial<Omit<User, 'id' | 'emailAddresses' | 'primaryEmailAddressId' | 'updatedAt'>> & {
  /** The first becomes the primary one. */
  addresses?: { address: string; verification: Verification | null }[]
}

/** An administrator vouched for it: how the Backend API creates addresses. */
export const VERIFIED_BY_ADMIN: Verification = {
  strategy: 'admin',
  status: 'verified',
  attempts: null,
  expireAt: null,
}

/** Clerk's default lock of an account. */
const LOCK_MS = 60 * 60_000

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

export const isVerified = ({ verification }: EmailAddress) => verification?.status === 'verified'

/** Clerk compares and stores addresses in lower case. */
export function normalizeEmail(address: string, param?: string): string {
  const normal = address.trim().toLowerCase()
  if (!EMAIL.test(normal)) throw emailMalformed(param)
  return normal
}

export class Users {
  readonly #store: Store
  readonly #now: () => number
  readonly #emit: (event: UserEvent, cause: Cause) => void

  constructor(store: Store, now: () => number, emit: (event: UserEvent, cause: Cause) => void) {
    this.#store = store
    this.#now = now
    this.#emit = emit
  }

  all(): User[] {
    return [...this.#store.users.values()]
  }

  find(id: string): User | undefined {
    return this.#store.users.get(id)
  }

  /** Whoever has proved the address; an unproved one belongs to nobody yet. */
  findByEmail(address: string): User | undefined {
    const wanted = address.trim().toLowerCase()
    for (const user of this.#store.users.values())
      if (user.emailAddresses.some((email) => email.address === wanted && isVerified(email))) return user
    return undefined
  }

  findEmail(emailId: string): { user: User; email: EmailAddress } | undefined {
    for (const user of this.#store.users.values()) {
      const email = user.emailAddresses.find(({ id }) => id === emailId)
      if (email) return { user, email }
    }
    return undefined
  }

  create({ addresses = [], ...given }: NewUser, cause: Cause): User {
    const now = this.#now()
    const emailAddresses = addresses.map(({ address, verification }) => this.#newEmail(address, verification))
    const distinct = new Set(emailAddresses.map(({ address }) => address))
    if (distinct.size < emailAddresses.length) throw emailTaken()
    const createdAt = given.createdAt ?? now
    const user: User = {
      firstName: null,
      lastName: null,
      username: null,
      externalId: null,
      locale: null,
      passwordHash: null,
      passwordUpdatedAt: given.passwordHash ? now : null,
      imageId: null,
      publicMetadata: {},
      privateMetadata: {},
      unsafeMetadata: {},
      banned: false,
      lockedUntil: null,
      deleteSelfEnabled: true,
      lastSignInAt: null,
      lastActiveAt: null,
      legalAcceptedAt: null,
      ...given,
      id: newId('user', now),
      emailAddresses,
      primaryEmailAddressId: emailAddresses[0]?.id ?? null,
      createdAt,
      updatedAt: now,
    }
    this.#store.users.set(user.id, user)
    this.#store.changed()
    this.#emit({ type: 'user.created', user }, cause)
    return user
  }

  update(user: User, changes: Partial<Omit<User, 'id' | 'updatedAt'>>, cause: Cause): void {
    Object.assign(user, changes)
    // Two changes within one millisecond must not share a version.
    user.updatedAt = Math.max(this.#now(), user.updatedAt + 1)
    this.#store.changed()
    this.#emit({ type: 'user.updated', user }, cause)
  }

  delete(user: User, cause: Cause): void {
    this.#store.users.delete(user.id)
    this.#store.changed()
    this.#emit({ type: 'user.deleted', user }, cause)
  }

  /** Activity is not a change of the profile: it moves no version and tells nobody. */
  seen(user: User, { signedIn = false } = {}): void {
    user.lastActiveAt = this.#now()
    if (signedIn) user.lastSignInAt = user.lastActiveAt
    this.#store.changed()
  }

  lock(user: User, cause: Cause): void {
    this.update(user, { lockedUntil: this.#now() + LOCK_MS }, cause)
  }

  addEmail(
    user: User,
    address: string,
    { verification, primary = false }: { verification: Verification | null; primary?: boolean },
    cause: Cause,
  ): EmailAddress {
    const email = this.#newEmail(address, verification, user)
    if (user.emailAddresses.some((one) => one.address === email.address)) throw emailTaken()
    const first = user.emailAddresses.length === 0
    this.update(
      user,
      {
        emailAddresses: [...user.emailAddresses, email],
        ...((primary || first) && { primaryEmailAddressId: email.id }),
      },
      cause,
    )
    return email
  }

  updateEmail(
    user: User,
    email: EmailAddress,
    { verification, primary }: { verification?: Verification; primary?: boolean },
    cause: Cause,
  ): void {
    if (verification?.status === 'verified' && !isVerified(email)) {
      const holder = this.findByEmail(email.address)
      if (holder && holder !== user) throw emailTaken()
    }
    if (verification) email.verification = verification
    email.updatedAt = this.#now()
    this.update(user, primary ? { primaryEmailAddressId: email.id } : {}, cause)
  }

  /** Everything that was there gives way to one verified address. */
  replaceEmails(user: User, address: string, cause: Cause): void {
    const email = this.#newEmail(address, VERIFIED_BY_ADMIN, user)
    this.update(user, { emailAddresses: [email], primaryEmailAddressId: email.id }, cause)
  }

  /** The primary address hands its rank to the oldest verified one that is left. */
  deleteEmail(user: User, email: EmailAddress, { keepOne = false }, cause: Cause): void {
    const rest = user.emailAddresses.filter(({ id }) => id !== email.id)
    if (keepOne && isVerified(email) && !rest.some(isVerified)) throw lastIdentification()
    const primaryEmailAddressId =
      user.primaryEmailAddressId === email.id
        ? (rest.find(isVerified)?.id ?? null)
        : user.primaryEmailAddressId
    this.update(user, { emailAddresses: rest, primaryEmailAddressId }, cause)
  }

  /** @throws {ClerkError} when somebody other than the owner has proved the address. */
  #newEmail(address: string, verification: Verification | null, owner?: User): EmailAddress {
    const normal = normalizeEmail(address)
    const holder = this.findByEmail(normal)
    if (holder && holder !== owner) throw emailTaken()
    const now = this.#now()
    return { id: newId('idn', now), address: normal, verification, createdAt: now, updatedAt: now }
  }
}
