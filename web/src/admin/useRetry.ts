/** Tries one dead letter again, and says how that went. */
import { useSession } from '@clerk/react'
import { useState } from 'react'
import { bearer } from '../api/client.ts'
import { isRecord, text } from '../api/json.ts'
import { badAnswer, NO_TOKEN, type Problem, readProblem, UNREACHABLE } from '../api/problem.ts'
import { api } from '../users/useUserSync.ts'

export type Retry =
  | { status: 'idle' }
  | { status: 'trying'; messageId: string }
  /** `outcome`: what the letter is now, `dead-letter` when it has to stay one. */
  | { status: 'tried'; messageId: string; outcome: string }
  | { status: 'failed'; messageId: string; problem: Problem }

/** The Worker gives Clerk four seconds, and the database twice two and a half for each of two requests. */
const DEADLINE_MS = 15_000

/** @param tried called when the letter may have left the list */
export function useRetry(tried: () => void) {
  const { session } = useSession()
  const [retry, setRetry] = useState<Retry>({ status: 'idle' })

  const again = async (messageId: string) => {
    if (retry.status === 'trying') return
    setRetry({ status: 'trying', messageId })
    const answer = await ask(async () => (await session?.getToken()) ?? null, messageId)
    setRetry(
      typeof answer === 'string'
        ? { status: 'tried', messageId, outcome: answer }
        : { status: 'failed', messageId, problem: answer },
    )
    if (typeof answer === 'string') tried()
  }
  return { retry, again }
}

async function ask(getToken: () => Promise<string | null>, messageId: string): Promise<string | Problem> {
  try {
    const token = await getToken()
    if (token === null) return NO_TOKEN
    const response = await api.api.admin['dead-letters'][':messageId'].retry.$post(
      { param: { messageId } },
      { headers: bearer(token), init: { signal: AbortSignal.timeout(DEADLINE_MS) } },
    )
    if (!response.ok) return await readProblem(response)
    const body: unknown = await response.json().catch(() => null)
    return (isRecord(body) ? text(body.outcome) : null) ?? badAnswer(response)
  } catch {
    return UNREACHABLE
  }
}
