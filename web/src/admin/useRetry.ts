/** Tries one dead letter again, and says how that went. */
import { useState } from 'react'
import { isRecord, text } from '../api/json.ts'
import type { Problem } from '../api/problem.ts'
import { useWire } from '../api/useWire.ts'

export type Retry =
  | { status: 'idle' }
  | { status: 'trying'; messageId: string }
  /** `outcome`: what the letter is now, `dead-letter` when it has to stay one. */
  | { status: 'tried'; messageId: string; outcome: string }
  | { status: 'failed'; messageId: string; problem: Problem }

/** @param tried called when the letter may have left the list */
export function useRetry(tried: () => void) {
  const wire = useWire()
  const [retry, setRetry] = useState<Retry>({ status: 'idle' })

  const again = async (messageId: string) => {
    if (retry.status === 'trying') return
    setRetry({ status: 'trying', messageId })
    const result = await wire.ask(
      ({ admin }, options) =>
        admin['dead-letters'][':messageId'].retry.$post({ param: { messageId } }, options),
      outcomeOf,
    )
    setRetry(
      result.ok
        ? { status: 'tried', messageId, outcome: result.value }
        : { status: 'failed', messageId, problem: result.problem },
    )
    if (result.ok) tried()
  }
  return { retry, again }
}

const outcomeOf = (body: unknown) => (isRecord(body) ? text(body.outcome) : null)
