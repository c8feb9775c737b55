/** One attempt to bring Neon in step: a token, a request, and whatever happens becomes a value. */
import { orAborted } from '../api/abort.ts'
import { type Api, bearer } from '../api/client.ts'
import { isRecord } from '../api/json.ts'
import { badAnswer, NO_TOKEN, type Problem, readProblem, TIMED_OUT, UNREACHABLE } from '../api/problem.ts'
import type { Person } from './person.ts'
import { retryAfterMs } from './retry.ts'
import { parseOutcome, parseUser, type SyncOutcome, type User } from './user.ts'

export type Attempt =
  | { kind: 'synced'; outcome: SyncOutcome; user: User; isAdmin: boolean }
  /** `askedMs`: how long the server asked to be left alone. */
  | { kind: 'refused'; problem: Problem; askedMs: number }

/** Never rejects. `signal` ends it, also while Clerk is still thinking about a token. */
export async function syncOnce(
  api: Api,
  person: Person,
  signal: AbortSignal,
  now: () => number,
): Promise<Attempt> {
  try {
    const first = await send(api, person, { skipCache: false }, signal, now)
    const stale = first.kind === 'refused' && first.problem.code === 'unauthenticated'
    // Clerk's cached token may have been minted before the clock was set or the keys were rotated: a new one decides.
    return stale ? await send(api, person, { skipCache: true }, signal, now) : first
  } catch {
    // fetch and getToken reject when there is no network; signal's own rejection says why it fired.
    return refused(signal.aborted ? TIMED_OUT : UNREACHABLE)
  }
}

/** Was the account behind this token deleted? Only a clear yes counts. Never rejects. */
export async function isDeleted(
  api: Api,
  userId: string,
  token: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const response = await api.api.user.sync.$post({ json: { userId } }, options(token, signal))
    return !response.ok && (await readProblem(response)).code === 'user_deleted'
  } catch {
    return false
  }
}

async function send(
  api: Api,
  person: Person,
  tokenOptions: { skipCache: boolean },
  signal: AbortSignal,
  now: () => number,
): Promise<Attempt> {
  const token = await orAborted(person.getToken(tokenOptions), signal)
  if (token === null) return refused(NO_TOKEN)
  const json = { userId: person.id, ...person.profile }
  const response = await orAborted(api.api.user.sync.$post({ json }, options(token, signal)), signal)
  return await orAborted(readAttempt(response, now), signal)
}

async function readAttempt(response: Response, now: () => number): Promise<Attempt> {
  if (!response.ok) {
    return refused(await readProblem(response), retryAfterMs(response.headers.get('Retry-After'), now()))
  }
  const body: unknown = await response.json().catch(() => null)
  const outcome = isRecord(body) ? parseOutcome(body.outcome) : null
  const user = isRecord(body) ? parseUser(body.user) : null
  if (!outcome || !user) return refused(badAnswer(response))
  return { kind: 'synced', outcome, user, isAdmin: response.headers.get('X-Role') === 'admin' }
}

const options = (token: string, signal: AbortSignal) => ({ headers: bearer(token), init: { signal } })

const refused = (problem: Problem, askedMs = 0): Attempt => ({ kind: 'refused', problem, askedMs })
