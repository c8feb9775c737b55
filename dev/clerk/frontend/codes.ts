/** E-mail codes: nothing is sent; Clerk's own code of test mode is the right one. */
import { codeIncorrect, verificationMissing } from '../errors.ts'
import type { Verification } from '../state.ts'

/** https://clerk.com/docs/guides/development/testing/test-emails-and-phones */
export const TEST_CODE = '424242'

const CODE_MS = 10 * 60_000

export const codeSent = (
  now: number,
  strategy: 'email_code' | 'reset_password_email_code' = 'email_code',
): Verification => ({
  strategy,
  status: 'unverified',
  attempts: null,
  expireAt: now + CODE_MS,
})

/**
 * Counts the attempt in the verification that is passed in.
 * @throws {ClerkError} when no code was sent or it is the wrong one.
 */
export function verified(sent: Verification | null, code: string | undefined): Verification {
  if (!sent) throw verificationMissing()
  sent.attempts = (sent.attempts ?? 0) + 1
  if (code !== TEST_CODE) throw codeIncorrect()
  return { ...sent, status: 'verified' }
}
