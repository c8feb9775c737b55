/** Clerk's JSON of users, addresses and verifications, the same in the Frontend API, the Backend API and webhooks. */
import type { EmailAddress, User, Verification } from './state.ts'

type ImageUrl = (user: User) => string

const VERIFICATION_OBJECTS = {
  email_code: 'verification_otp',
  reset_password_email_code: 'verification_otp',
  password: 'verification_password',
  admin: 'verification_admin',
} as const

export const verificationJson = (verification: Verification | null) =>
  verification && {
    object: VERIFICATION_OBJECTS[verification.strategy],
    status: verification.status,
    strategy: verification.strategy,
    attempts: verification.attempts,
    expire_at: verification.expireAt,
  }

export const emailAddressJson = (email: EmailAddress) => ({
  id: email.id,
  object: 'email_address',
  email_address: email.address,
  reserved: false,
  verification: verificationJson(email.verification),
  linked_to: [],
  matches_sso_connection: false,
  created_at: email.createdAt,
  updated_at: email.updatedAt,
})

/** What a sign-in shows before it is proved whose it is. */
export const faceJson = (user: User, imageUrl: ImageUrl) => ({
  first_name: user.firstName,
  last_name: user.lastName,
  image_url: imageUrl(user),
  has_image: user.imageId !== null,
  profile_image_url: imageUrl(user),
})

/** What anybody may see of a user; clerk-js snapshots it into sessions. */
export const publicUserJson = (user: User, imageUrl: ImageUrl) => ({
  ...faceJson(user, imageUrl),
  identifier: primaryAddress(user) ?? user.username ?? '',
  user_id: user.id,
  username: user.username,
  banned: user.banned,
})

/** The fields of `Client.User`; the Backend API's `User` has more. */
export function userJson(user: User, imageUrl: ImageUrl, now: number) {
  const locked = user.lockedUntil !== null && user.lockedUntil > now
  return {
    id: user.id,
    object: 'user',
    username: user.username,
    first_name: user.firstName,
    last_name: user.lastName,
    image_url: imageUrl(user),
    has_image: user.imageId !== null,
    primary_email_address_id: user.primaryEmailAddressId,
    primary_phone_number_id: null,
    primary_web3_wallet_id: null,
    password_enabled: user.passwordHash !== null,
    two_factor_enabled: false,
    totp_enabled: false,
    backup_code_enabled: false,
    email_addresses: user.emailAddresses.map(emailAddressJson),
    phone_numbers: [],
    web3_wallets: [],
    passkeys: [],
    external_accounts: [],
    saml_accounts: [],
    enterprise_accounts: [],
    password_last_updated_at: user.passwordUpdatedAt,
    public_metadata: user.publicMetadata,
    unsafe_metadata: user.unsafeMetadata,
    external_id: user.externalId,
    last_sign_in_at: user.lastSignInAt,
    banned: user.banned,
    locked,
    lockout_expires_in_seconds:
      locked && user.lockedUntil ? Math.ceil((user.lockedUntil - now) / 1000) : null,
    verification_attempts_remaining: null,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
    delete_self_enabled: user.deleteSelfEnabled,
    create_organization_enabled: false,
    last_active_at: user.lastActiveAt,
    mfa_enabled_at: null,
    mfa_disabled_at: null,
    legal_accepted_at: user.legalAcceptedAt,
    profile_image_url: imageUrl(user),
  }
}

/** `User` of the Backend API and of webhooks: with what only servers may see. */
export const backendUserJson = (user: User, imageUrl: ImageUrl, now: number) => ({
  ...userJson(user, imageUrl, now),
  locale: user.locale,
  private_metadata: user.privateMetadata,
  bypass_client_trust: false,
})

export const deletedJson = (object: string, id: string) => ({ object, id, deleted: true })

function primaryAddress(user: User): string | undefined {
  return user.emailAddresses.find(({ id }) => id === user.primaryEmailAddressId)?.address
}
