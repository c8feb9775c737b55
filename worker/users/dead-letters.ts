/**
 * A dead letter, tried again. Its body is not kept, but whom it was about often is: then Clerk's word on that user is as
 * good as the letter, and newer.
 */
import { type ClerkSettings, findUser } from '../clerk/api.ts'
import type { DatabaseSettings } from '../db/client.ts'
import { Problem } from '../errors.ts'
import type { DeliveryOutcome, Letter } from './ledger.ts'
import { applyLetter, keepAsDead } from './store.ts'

/**
 * One question to Clerk and one request to the database, two when an address is another user's. Safe to repeat.
 * @throws {Problem} `conflict` for a letter that is about nobody whom we know; `not_found`, `clerk_unavailable`,
 * `misconfigured`, `database_unavailable`.
 */
export async function retryLetter(
  settings: ClerkSettings & DatabaseSettings,
  { messageId, outcome, userId }: Letter,
): Promise<DeliveryOutcome> {
  if (outcome !== 'dead-letter') return outcome
  if (!userId) throw new Problem('conflict', { detail: 'Only Clerk can send this one again.' })
  const user = await findUser(settings, userId)
  // A 404 may be another instance's key: nobody is buried for it.
  const settled =
    typeof user === 'string'
      ? await keepAsDead(settings, messageId, user === 'missing' ? 'not in Clerk' : 'not a user')
      : await applyLetter(settings, user, messageId)
  if (!settled) throw new Problem('not_found')
  return settled
}
