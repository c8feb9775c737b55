/** The switches of the running stack's stand-ins. */
import { inject } from 'vitest'
import type { Pace } from '../../dev/assistant/model.ts'
import type { DeliveryMode } from '../../dev/clerk/index.ts'
import type { FaultInput } from '../../dev/faults.ts'

/** The model answers as fast as it can. */
const AT_ONCE: Pace = { firstMs: 0, chunkMs: 0 }

export const armNeon = (fault: FaultInput) => control('neon', 'POST', '/faults', fault)
export const clearFaults = () => control('neon', 'DELETE', '/faults', {})
export const armAssistant = (fault: FaultInput) => control('assistant', 'POST', '/faults', fault)
/** How fast the model's words come. */
export const setPace = (pace: Pace) => control('assistant', 'PUT', '/pace', pace)
export const hurry = () => setPace(AT_ONCE)
/** Whether, and in which order, webhooks are sent. */
export const setDeliveries = (mode: DeliveryMode) => control('clerk', 'PUT', '/deliveries', { mode })

/** Everything as it was before the first fault. */
export async function resetFaults() {
  await Promise.all([
    clearFaults(),
    control('assistant', 'DELETE', '/faults', {}),
    hurry(),
    setDeliveries('normal'),
  ])
}

async function control(
  standIn: 'neon' | 'assistant' | 'clerk',
  method: string,
  path: string,
  body: unknown,
): Promise<void> {
  const answer = await fetch(`${inject('stack')[standIn]}/_control${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`The switch did not move: ${await answer.text()}`)
}
