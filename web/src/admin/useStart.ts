/** Starts a pass of the clock's door, and says how that went. */
import { useSession } from '@clerk/react'
import { useState } from 'react'
import { bearer } from '../api/client.ts'
import { NO_TOKEN, type Problem, readProblem, UNREACHABLE } from '../api/problem.ts'

export type Start =
  | { status: 'idle' }
  | { status: 'starting'; dryRun: boolean }
  | { status: 'started'; dryRun: boolean }
  | { status: 'failed'; problem: Problem }

const DEADLINE_MS = 15_000

/** @param changed called once there may be a pass to see */
export function useStart(changed: () => void) {
  const { session } = useSession()
  const [start, setStart] = useState<Start>({ status: 'idle' })

  const begin = async (dryRun: boolean) => {
    if (start.status === 'starting') return
    setStart({ status: 'starting', dryRun })
    const problem = await ask(async () => (await session?.getToken()) ?? null, dryRun)
    setStart(problem ? { status: 'failed', problem } : { status: 'started', dryRun })
    changed()
  }
  return { start, begin }
}

async function ask(getToken: () => Promise<string | null>, dryRun: boolean): Promise<Problem | null> {
  try {
    const token = await getToken()
    if (token === null) return NO_TOKEN
    const response = await fetch('/api/admin/reconcile', {
      method: 'POST',
      headers: { ...bearer(token), 'Content-Type': 'application/json' },
      body: JSON.stringify({ dryRun }),
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    return response.ok ? null : await readProblem(response)
  } catch {
    return UNREACHABLE
  }
}
