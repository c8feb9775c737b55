/** The switches of the running stack's stand-ins. */
import { inject } from 'vitest'
import type { FaultInput } from '../../dev/faults.ts'

export const armNeon = (fault: FaultInput) => control('POST', fault)
export const clearFaults = () => control('DELETE', {})

async function control(method: string, body: unknown) {
  const answer = await fetch(`${inject('stack').neon}/_control/faults`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`The switch did not move: ${await answer.text()}`)
}
