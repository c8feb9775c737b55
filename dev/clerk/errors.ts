/**
 * Clerk's errors: one table of what the stand-in refuses with, in the shape `{ errors: [{ message, long_message, code,
 * meta }] }` of Clerk's OpenAPI. The codes are those that clerk-js and @clerk/ui translate for people.
 */
import { randomBytes } from 'node:crypto'
import type { z } from 'zod'

type Status = 400 | 401 | 403 | 404 | 405 | 415 | 422 | 500
type ErrorBody = { message: string; long_message: string; code: string; meta?: { param_name: string } }

export class ClerkError extends Error {
  override name = 'ClerkError'
  readonly status: Status
  readonly errors: ErrorBody[]

  constructor(status: Status, ...errors: ErrorBody[]) {
    super(errors.map(({ code }) => code).join(', '))
    this.status = status
    this.errors = errors
  }

  toResponse(): Response {
    const trace = randomBytes(16).toString('hex')
    return Response.json(
      { errors: this.errors, clerk_trace_id: trace },
      { status: this.status, headers: { 'Clerk-Trace-Id': trace } },
    )
  }
}

const one = (status: Status, code: string, message: string, longMessage: string, param?: string) =>
  new ClerkError(status, {
    message,
    long_message: longMessage,
    code,
    ...(param && { meta: { param_name: param } }),
  })

/** Where something belongs to somebody else the answer is the same as where it does not exist. */
export const notFound = (what: string, id: string) =>
  one(404, 'resource_not_found', 'not found', `No ${what} was found with id ${id}`)

export const routeNotFound = () =>
  one(404, 'resource_not_found', 'not found', 'The local Clerk stand-in has no such route')

/** The Backend API without a good secret key. */
export const secretKeyInvalid = () =>
  one(
    401,
    'authentication_invalid',
    'Invalid authentication',
    'The request needs the instance’s secret key as a bearer token',
  )

/** The Frontend API without a live session: clerk-js reads a 401 as "signed out". */
export const signedOut = () =>
  one(
    401,
    'authentication_invalid',
    'Invalid authentication',
    'Unable to authenticate the request, you need to supply an active session',
  )

export const sessionExists = () =>
  one(400, 'session_exists', 'Session already exists', "You're already signed in.")

export const passwordIncorrect = (param: string) =>
  one(
    422,
    'form_password_incorrect',
    'is incorrect',
    'Password is incorrect. Try again, or use another method.',
    param,
  )

export const passwordTooShort = (param: string, least: number) =>
  one(
    422,
    'form_password_length_too_short',
    `Passwords must be ${least} characters or more.`,
    `Passwords must be ${least} characters or more.`,
    param,
  )

export const passwordTooLong = (param: string, most: number) =>
  one(
    422,
    'form_password_length_too_long',
    `Passwords must be ${most} characters or fewer.`,
    `Passwords must be ${most} characters or fewer.`,
    param,
  )

export const identifierNotFound = () =>
  one(
    422,
    'form_identifier_not_found',
    "Couldn't find your account.",
    "Couldn't find your account.",
    'identifier',
  )

export const emailTaken = () =>
  one(
    422,
    'form_identifier_exists',
    'That email address is taken. Please try another.',
    'That email address is taken. Please try another.',
    'email_address',
  )

export const emailMalformed = (param = 'email_address') =>
  one(422, 'form_param_format_invalid', 'is invalid', 'Email address must be a valid email address.', param)

export const codeIncorrect = () => one(422, 'form_code_incorrect', 'is incorrect', 'Incorrect code', 'code')

export const verificationMissing = () =>
  one(400, 'verification_missing', 'missing verification', 'Prepare the verification before attempting it')

export const alreadyVerified = () =>
  one(400, 'verification_already_verified', 'already verified', 'This verification has already been verified')

export const strategyInvalid = (strategy: string) =>
  one(
    422,
    'strategy_for_user_invalid',
    'is invalid',
    `${strategy} is not a strategy of this account`,
    'strategy',
  )

export const userBanned = () =>
  one(403, 'user_banned', 'User is banned', 'This account has been banned. Please contact support.')

export const userLocked = (seconds: number) =>
  one(
    403,
    'user_locked',
    'Account locked',
    `Your account is locked. You will be able to try again in ${Math.ceil(seconds / 60)} minutes.`,
  )

export const lastIdentification = () =>
  one(
    400,
    'last_identification_deletion_failed',
    'Deleting the last identification is not allowed',
    'You cannot delete your last email address',
  )

export const deleteSelfForbidden = () =>
  one(403, 'user_delete_self_not_enabled', 'not allowed', 'This account may not delete itself')

export const imageInvalid = () =>
  one(
    422,
    'image_type_not_supported',
    'Image type not supported',
    'Use a PNG, JPEG, GIF or WebP image',
    'file',
  )

export const imageTooLarge = () =>
  one(422, 'image_too_large', 'Image too large', 'The image must be smaller than 10 MB', 'file')

export const internalError = () =>
  one(
    500,
    'internal_clerk_error',
    'Oops, an unexpected error occurred',
    'The Clerk stand-in failed; see its log',
  )

/** What zod refused, told the way Clerk tells it: one entry for each parameter. */
export function invalidParameters(error: z.core.$ZodError): ClerkError {
  const entries = error.issues.flatMap((issue): ErrorBody[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        message: 'is unknown',
        long_message: `${key} is not a valid parameter for this request.`,
        code: 'form_param_unknown',
        meta: { param_name: key },
      }))
    const param = issue.path.join('.')
    const missing = issue.code === 'invalid_type' && issue.input === undefined
    return [
      {
        message: missing ? 'is missing' : 'is invalid',
        long_message: `${param}: ${issue.message}`,
        code: missing ? 'form_param_missing' : 'form_param_value_invalid',
        meta: { param_name: param },
      },
    ]
  })
  return new ClerkError(422, ...entries)
}
