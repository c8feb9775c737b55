/** Starts a pass of the clock's door, and says how that went. */
import { useState } from 'react'
import type { Problem } from '../api/problem.ts'
import { useWire } from '../api/useWire.ts'

export type Start =
  | { status: 'idle' }
  | { status: 'starting'; dryRun: boolean }
  | { status: 'started'; dryRun: boolean }
  | { status: 'failed'; problem: Problem }

/** @param started called when there is, or will be, a pass to see */
export function useStart(started: () => void) {
  const wire = useWire()
  const [start, setStart] = useState<Start>({ status: 'idle' })

  const begin = async (dryRun: boolean) => {
    if (start.status === 'starting') return
    setStart({ status: 'starting', dryRun })
    const result = await wire.ask(
      ({ admin }, options) => admin.reconcile.$post({ json: { dryRun } }, options),
      () => true,
    )
    setStart(result.ok ? { status: 'started', dryRun } : { status: 'failed', problem: result.problem })
    if (result.ok) started()
  }
  return { start, begin }
}
