/** Passes in Node: a list server for Clerk, a sandbox for Neon, and steps that can be made to fail. */

import { Problem } from '../../worker/errors.ts'
import type { Plan, ReconcileSettings, Report, Steps } from '../../worker/reconcile/pass.ts'
import { reconcile } from '../../worker/reconcile/reconcile.ts'
import { type ClerkLists, INSTANCE, type ListedUser, startClerkLists } from '../support/clerk-lists.ts'
import { openSandbox, type Sandbox, type UserState } from './rule.ts'

export type World = {
  clerk: ClerkLists
  sandbox: Sandbox
  settings: ReconcileSettings
  empty: () => Promise<void>
  close: () => Promise<void>
}

export async function openWorld(): Promise<World> {
  const [clerk, sandbox] = await Promise.all([startClerkLists(), openSandbox()])
  return {
    clerk,
    sandbox,
    settings: {
      ...sandbox.settings,
      CLERK_API_URL: clerk.url,
      CLERK_SECRET_KEY: 'sk_test_x',
      CLERK_INSTANCE_ID: INSTANCE,
    },
    empty: async () => {
      clerk.clear()
      await sandbox.pool.query('truncate users, sync_state, reconcile_runs, webhook_deliveries cascade')
    },
    close: async () => {
      await clerk.stop()
      await sandbox.close()
    },
  }
}

/** Every step until it has succeeded, as a Workflow does; pauses are only noted. */
export function patientSteps(interrupt: () => void = () => undefined): Steps & { pauses: number[] } {
  const pauses: number[] = []
  return {
    pauses,
    async do(_name, work) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const result = await work()
          interrupt()
          return result
        } catch (error) {
          if (attempt >= 5 || (error instanceof Problem && error.code === 'misconfigured')) throw error
        }
      }
    },
    pause: async (_name, seconds) => void pauses.push(seconds),
  }
}

let passes = 0
export function runPass(
  world: World,
  plan: Partial<Plan> = {},
  steps: Steps = patientSteps(),
): Promise<Report> {
  passes += 1
  const standard = {
    id: `pass-${passes}`,
    trigger: 'cli',
    dryRun: false,
    full: false,
    startedAt: Date.now(),
  } as const
  return reconcile(steps, world.settings, { ...standard, ...plan })
}

/** A moment long ago; users of the tests were created after it, by so many milliseconds. */
export const BIRTH = 1_700_000_000_000

export const user = (n: number, changes: Partial<ListedUser> = {}): ListedUser => ({
  id: `user_${String(n).padStart(6, '0')}`,
  created_at: BIRTH + n,
  updated_at: BIRTH + n,
  email: `a${n}@example.com`,
  first_name: `v${n}`,
  ...changes,
})

export const users = (count: number, changes: (n: number) => Partial<ListedUser> = () => ({})) =>
  Array.from({ length: count }, (_, n) => user(n, changes(n)))

/** What Clerk's users are to be with us. */
export const expected = (clerk: ClerkLists, gone: string[] = []): Record<string, UserState> =>
  Object.fromEntries([
    ...clerk
      .users()
      .map(
        ({ id, updated_at, email, first_name }) =>
          [id, { deleted: false, version: updated_at, email, firstName: first_name ?? null }] as const,
      ),
    ...gone.map((id) => [id, { deleted: true }] as const),
  ])
