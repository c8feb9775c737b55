/** Starts a pass of the clock's door, and says how that went. */
import { useSession } from '@clerk/react'
import { useState } from 'react'
import { bearer } from '../api/client.ts'
import { NO_TOKEN, type Problem, readProblem, UNREACHABLE } from '../api/problem.ts'
import { api } from '../users/useUserSync.ts'

export type Start =
  | { status: 'idle' }
  | { status: 'starting'; dryRun: boolean }
  | { status: 'started'; dryRun: boolean }
  | { status: 'failed'; problem: Problem }

const DEADLINE_MS = 15_000

/** @param started called when there is, or will be, a pass to see */
export function useStart(started: () => void) {
  const { session } = useSession()
  const [start, setStart] = useState<Start>({ status: 'idle' })

  const begin = async (dryRun: boolean) => {
    if (start.status === 'starting') return
    setStart({ status: 'starting', dryRun })
    const problem = await ask(async () => (await session?.getToken()) ?? null, dryRun)
    setStart(problem ? { status: 'failed', problem } : { status: 'started', dryRun })
    if (!problem) started()
  }
  return { start, begin }
}

async function ask(getToken: () => Promise<string | null>, dryRun: boolean): Promise<Problem | null> {
  try {
    const token = await getToken()
    if (token === null) return NO_TOKEN
    const response = await api.api.admin.reconcile.$post(
      { json: { dryRun } },
      { headers: bearer(token), init: { signal: AbortSignal.timeout(DEADLINE_MS) } },
    )
    return response.ok ? null : await readProblem(response)
  } catch {
    return UNREACHABLE
  }
}
