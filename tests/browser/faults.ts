/** The switches of the running stack's stand-ins. */
import { inject } from 'vitest'
import type { Pace } from '../../dev/assistant/model.ts'
import type { DeliveryMode } from '../../dev/clerk/index.ts'
import type { FaultInput } from '../../dev/faults.ts'

export const armNeon = (fault: FaultInput) => control('neon', 'POST', '/faults', fault)
export const clearFaults = () => control('neon', 'DELETE', '/faults', {})
export const armAssistant = (fault: FaultInput) => control('assistant', 'POST', '/faults', fault)
export const clearAssistant = () => control('assistant', 'DELETE', '/faults', {})
/** Whether webhooks are sent. */
export const setDeliveries = (mode: DeliveryMode) => control('clerk', 'PUT', '/deliveries', { mode })
/** How fast the model's words come. */
export const setPace = (pace: Pace) => control('assistant', 'PUT', '/pace', pace)

async function control(standIn: 'neon' | 'assistant' | 'clerk', method: string, path: string, body: unknown) {
  const answer = await fetch(`${inject('stack')[standIn]}/_control${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`The switch did not move: ${await answer.text()}`)
}
