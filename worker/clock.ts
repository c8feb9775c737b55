/** What happens by the clock. The times are in wrangler.toml. */
import type { Bindings } from './env.ts'
import { describeError } from './log.ts'
import { startOnce } from './reconcile/instances.ts'
import type { ReconcileParams } from './reconcile/workflow.ts'

/** The one trigger that we know; the same line is in wrangler.toml. */
export const RECONCILE_CRON = '17 * * * *'

export async function scheduled(event: ScheduledController, { RECONCILE }: Bindings): Promise<void> {
  if (event.cron !== RECONCILE_CRON) {
    console.log(
      JSON.stringify({ level: 'error', event: 'scheduled', code: 'unknown cron', cron: event.cron }),
    )
    return
  }
  const params: ReconcileParams = { trigger: 'cron' }
  // Cloudflare may call twice for one moment: the second finds the instance of the first.
  const run = `cron-${event.scheduledTime}`
  try {
    await startOnce(RECONCILE, [{ id: run, params }])
  } catch (error) {
    console.log(JSON.stringify({ level: 'error', event: 'scheduled', run, cause: describeError(error) }))
    throw error
  }
  console.log(JSON.stringify({ level: 'info', event: 'scheduled', started: 'reconcile', run }))
}
