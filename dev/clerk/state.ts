/** What the stand-in remembers, as it stands in its data file. Times are milliseconds, as everywhere in Clerk. */
import * as z from 'zod'

const time = z.number().int()
const metadata = z.record(z.string(), z.unknown())

/** A proof of an address: by a code, or by an administrator's word. */
const verificationSchema = z.object({
  strategy: z.enum(['email_code', 'reset_password_email_code', 'password', 'admin']),
  status: z.enum(['unverified', 'verified']),
  attempts: z.number().int().nullable(),
  expireAt: time.nullable(),
})

const emailAddressSchema = z.object({
  id: z.string(),
  address: z.string(),
  verification: verificationSchema.nullable(),
  createdAt: time,
  updatedAt: time,
})

const userSchema = z.object({
  id: z.string(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  username: z.string().nullable(),
  externalId: z.string().nullable(),
  locale: z.string().nullable(),
  emailAddresses: z.array(emailAddressSchema),
  primaryEmailAddressId: z.string().nullable(),
  /** See passwords.ts; null when the user has none. */
  passwordHash: z.string().nullable(),
  passwordUpdatedAt: time.nullable(),
  imageId: z.string().nullable(),
  publicMetadata: metadata,
  privateMetadata: metadata,
  unsafeMetadata: metadata,
  banned: z.boolean(),
  lockedUntil: time.nullable(),
  deleteSelfEnabled: z.boolean(),
  lastSignInAt: time.nullable(),
  lastActiveAt: time.nullable(),
  legalAcceptedAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
})

const signInSchema = z.object({
  id: z.string(),
  status: z.enum(['needs_identifier', 'needs_first_factor', 'needs_new_password', 'complete']),
  identifier: z.string().nullable(),
  userId: z.string().nullable(),
  verification: verificationSchema.nullable(),
  createdSessionId: z.string().nullable(),
  abandonAt: time,
})

const signUpSchema = z.object({
  id: z.string(),
  status: z.enum(['missing_requirements', 'complete']),
  emailAddress: z.string().nullable(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  passwordHash: z.string().nullable(),
  unsafeMetadata: metadata,
  legalAcceptedAt: time.nullable(),
  /** Null until a code was sent: the components send one by themselves only then. */
  verification: verificationSchema.nullable(),
  createdSessionId: z.string().nullable(),
  createdUserId: z.string().nullable(),
  abandonAt: time,
})

/** One browser: what its `__client` cookie opens. */
const clientSchema = z.object({
  id: z.string(),
  cookie: z.string(),
  signIn: signInSchema.nullable(),
  signUp: signUpSchema.nullable(),
  lastActiveSessionId: z.string().nullable(),
  lastAuthenticationStrategy: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
})

const sessionSchema = z.object({
  id: z.string(),
  clientId: z.string(),
  userId: z.string(),
  status: z.enum(['active', 'ended', 'removed', 'revoked']),
  /** When the first factor was last proved: the `fva` claim counts from here. */
  verifiedAt: time,
  reverification: verificationSchema.nullable(),
  activityId: z.string(),
  userAgent: z.string(),
  clientIp: z.string(),
  lastActiveAt: time,
  expireAt: time,
  abandonAt: time,
  createdAt: time,
  updatedAt: time,
})

const attemptSchema = z.object({
  at: time,
  /** The receiver's answer, null when there was none. */
  status: z.number().int().nullable(),
  error: z.string().nullable(),
  ms: z.number(),
})

/** A webhook on its way, with each attempt to deliver it. */
const messageSchema = z.object({
  id: z.string(),
  type: z.string(),
  payload: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.array(attemptSchema),
  /** How many times the schedule has tried; a resend by hand does not count. */
  tries: z.number().int(),
  nextAttemptAt: time.nullable(),
  createdAt: time,
})

export const fileSchema = z.object({
  version: z.literal(1),
  signingKey: z.string(),
  users: z.array(userSchema),
  clients: z.array(clientSchema),
  sessions: z.array(sessionSchema),
  messages: z.array(messageSchema),
})

export type Verification = z.infer<typeof verificationSchema>
export type EmailAddress = z.infer<typeof emailAddressSchema>
export type User = z.infer<typeof userSchema>
export type SignIn = z.infer<typeof signInSchema>
export type SignUp = z.infer<typeof signUpSchema>
export type Client = z.infer<typeof clientSchema>
export type Session = z.infer<typeof sessionSchema>
export type Message = z.infer<typeof messageSchema>
export type Attempt = z.infer<typeof attemptSchema>
