/** Tier and quota of the synced user, read again after every sync. */
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

const LOADING: Account = { status: 'loading' }

export function useAccount(userId: string, sync: SyncState) {
  const { session } = useSession()
  const [read, setRead] = useState<{ userId: string; account: Account }>({ userId, account: LOADING })
  const [asked, setAsked] = useState(0)
  const syncedAt = sync.status === 'synced' ? sync.lastSyncedAt : null
  const sessionId = session?.id

  // biome-ignore lint/correctness/useExhaustiveDependencies: the session object is renewed with every token; its id is what matters
  useEffect(() => {
    if (syncedAt === null || !session) return
    const reading = new AbortController()
    void readAccount(() => session.getToken(), reading.signal).then((account) => {
      if (!reading.signal.aborted) setRead({ userId, account })
    })
    return () => reading.abort()
  }, [userId, sessionId, syncedAt, asked])

  return {
    // What was read for somebody else is nobody's here.
    account: read.userId === userId ? read.account : LOADING,
    readAgain: () => setAsked(asked + 1),
  }
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
