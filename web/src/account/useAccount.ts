/** Tier and quota of the synced user, read again after every sync; for a component that lives as long as its user. */
import { useSession } from '@clerk/react'
import { useEffect, useState } from 'react'
import { bearer } from '../api/client.ts'
import { isRecord } from '../api/json.ts'
import { badAnswer, NO_TOKEN, type Problem, readProblem, UNREACHABLE } from '../api/problem.ts'
import type { SyncState } from '../users/syncState.ts'
import { parseQuota, parseUser, type Quota, type User } from '../users/user.ts'
import { api } from '../users/useUserSync.ts'

export type Account =
  | { status: 'loading' }
  | { status: 'loaded'; user: User; quota: Quota | null }
  | { status: 'failed'; problem: Problem }

/** As long as a sync may take; then the card says so and offers to read again. */
const DEADLINE_MS = 15_000

export function useAccount(sync: SyncState) {
  const { session } = useSession()
  const [account, setAccount] = useState<Account>({ status: 'loading' })
  const [asked, setAsked] = useState(0)
  const syncedAt = sync.status === 'synced' ? sync.lastSyncedAt : null
  const sessionId = session?.id

  // biome-ignore lint/correctness/useExhaustiveDependencies: the session object is renewed with every token; its id is what matters
  useEffect(() => {
    if (syncedAt === null || !session) return
    const reading = new AbortController()
    void readAccount(
      () => session.getToken(),
      AbortSignal.any([reading.signal, AbortSignal.timeout(DEADLINE_MS)]),
    ).then((read) => {
      if (!reading.signal.aborted) setAccount(read)
    })
    return () => reading.abort()
  }, [sessionId, syncedAt, asked])

  return { account, readAgain: () => setAsked(asked + 1) }
}

async function readAccount(getToken: () => Promise<string | null>, signal: AbortSignal): Promise<Account> {
  try {
    const token = await getToken()
    if (token === null) return { status: 'failed', problem: NO_TOKEN }
    const response = await api.api.user.$get({}, { headers: bearer(token), init: { signal } })
    if (!response.ok) return { status: 'failed', problem: await readProblem(response) }
    const body: unknown = await response.json().catch(() => null)
    const user = isRecord(body) ? parseUser(body.user) : null
    if (!isRecord(body) || !user) return { status: 'failed', problem: badAnswer(response) }
    return { status: 'loaded', user, quota: parseQuota(body.quota) }
  } catch {
    return { status: 'failed', problem: UNREACHABLE }
  }
}
