/** Passes in workerd: started, watched, and made to fail. */
import { introspectWorkflowInstance } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { ReconcileParams } from '../../worker/reconcile/workflow.ts'
import { type ClerkUser, newClerkUser, sql } from './support.ts'

export type Instance = Awaited<ReturnType<typeof introspectWorkflowInstance>>
type Modify = Parameters<Instance['modify']>[0]
export type Modifier = Parameters<Modify>[0]
export type Pass = { id: string; instance: Instance }

export const unmodified: Modify = async () => undefined

let count = 0
export function newPassId(): string {
  count += 1
  return `pass-${Date.now()}-${count}`
}

/** Starts a pass that waits where a real one waits. */
export async function realPass(
  params: ReconcileParams = {},
  modify: Modify = unmodified,
  id = newPassId(),
): Promise<Pass> {
  const instance = await introspectWorkflowInstance(env.RECONCILE, id)
  await instance.modify(modify)
  await env.RECONCILE.create({ id, params })
  return { id, instance }
}

/** Starts a pass that waits for nothing. */
export const pass = (params: ReconcileParams = {}, modify: Modify = unmodified, id = newPassId()) =>
  realPass(
    params,
    async (m) => {
      await m.disableSleeps()
      await m.disableRetryDelays()
      await modify(m)
    },
    id,
  )

export async function finish({ instance }: Pass, status: 'complete' | 'errored' = 'complete') {
  await instance.waitForStatus(status)
  await instance.dispose()
}

export const statusOf = async (id: string) => (await (await env.RECONCILE.get(id)).status()).status

export const run = async (id: string) => (await sql('select * from reconcile_runs where id = $1', [id]))[0]

let born = 0
/** Somebody who signed up long ago: of the last ten minutes a pass misses nobody. Each in a millisecond of their own. */
export function settledUser(profile: Record<string, unknown> = {}): Promise<ClerkUser> {
  born += 1
  return newClerkUser({ created_at: new Date(Date.UTC(2024, 0) + born).toISOString(), ...profile })
}

/** The log's lines from here on, each as an object. */
export function recordLog(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = []
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(JSON.parse(String(line))))
  return lines
}
