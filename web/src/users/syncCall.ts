/** What a sync asks the API, and what it makes of the answer. */
import { isRecord } from '../api/json.ts'
import type { Call } from '../api/wire.ts'
import type { Profile } from './person.ts'
import { parseOutcome, parseUser, type SyncOutcome, type User } from './user.ts'

export interface Synced {
  outcome: SyncOutcome
  user: User
  isAdmin: boolean
}

export const syncCall =
  (userId: string, profile?: Profile): Call =>
  ({ user }, options) =>
    user.sync.$post({ json: { userId, ...profile } }, options)

export function parseSynced(body: unknown, response: Response): Synced | null {
  if (!isRecord(body)) return null
  const outcome = parseOutcome(body.outcome)
  const user = parseUser(body.user)
  if (!outcome || !user) return null
  return { outcome, user, isAdmin: response.headers.get('X-Role') === 'admin' }
}
