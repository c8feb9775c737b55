/** How the sync is doing, in plain words, the most pressing first. Pure: the clock is an argument. */
import { DEAD_LETTER_DAYS, LAG_SAMPLE, type Signs } from './report.ts'

export type Finding = {
  level: 'bad' | 'warn' | 'good'
  title: string
  /** What it means and what to do about it. */
  detail: string
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** By now a delivery that failed has been tried three times: at once, after 5 s and after 5 min. */
export const WEBHOOK_GRACE_MS = 10 * MINUTE

/** The clock starts one every hour: one may wait for Clerk or fail, three in a row are no accident. */
export const PASS_OVERDUE_MS = 3 * HOUR

/** Ten million users take a few hours at Clerk's own limits. */
const PASS_ENDLESS_MS = 12 * HOUR

/** @param now Milliseconds since the epoch. */
export function verdictOf(signs: Signs, now: number): Finding[] {
  const findings = [
    ...webhookFindings(signs, now),
    ...passFindings(signs, now),
    ...deadLetterFindings(signs),
  ].sort((a, b) => Number(b.level === 'bad') - Number(a.level === 'bad'))
  if (findings.length > 0) return findings
  return signs.users === 0
    ? [good('Nobody to keep in step yet', 'The first user appears here within a second of signing up.')]
    : [good('All in step', 'Webhooks arrive or nothing has changed, and the passes find nothing amiss.')]
}

function webhookFindings({ lastDeliveryAt, untold }: Signs, now: number): Finding[] {
  if (untold === 0) return []
  const atLeast = untold >= LAG_SAMPLE ? 'at least ' : ''
  const who = `${atLeast}${untold} ${untold === 1 ? 'user has' : 'users have'} changed`
  const endpoint = 'the endpoint in Clerk: its address, its events, its signing secret'
  const until = 'Until then changes reach Neon by logins and passes alone.'
  if (!lastDeliveryAt)
    return [
      warn(
        `No webhook has ever arrived although ${who}`,
        `Set up ${endpoint}. Once that is done, the next change shows it. ${until}`,
      ),
    ]
  return [
    bad(
      `No webhook for ${span(now - lastDeliveryAt.getTime())} although ${who}`,
      `Check ${endpoint}, and whether Clerk has disabled it. ${until}`,
    ),
  ]
}

function passFindings({ lastPass, lastRepairAt, users }: Signs, now: number): Finding[] {
  const findings: Finding[] = []
  const why = lastPass?.reason ?? 'it did not say why'
  if (lastPass?.status === 'stopped')
    findings.push(
      bad(
        `The last pass stopped: ${why}`,
        'It has deleted nobody. Compare the number of users in Clerk’s dashboard with the number here before you start another.',
      ),
    )
  if (lastPass?.status === 'failed')
    findings.push(
      bad(
        `The last pass failed: ${why}`,
        'Whatever it had done stays done. The next pass goes on by itself.',
      ),
    )
  if (lastPass?.status === 'running' && now - lastPass.startedAt.getTime() > PASS_ENDLESS_MS)
    findings.push(
      warn(
        `A pass has been running for ${span(now - lastPass.startedAt.getTime())}`,
        'Look at its Workflow in Cloudflare’s dashboard. It is safe to end it and to start another.',
      ),
    )
  const drift = lastPass?.dryRun && lastPass.status === 'complete' ? driftOf(lastPass.counts) : 0
  if (drift > 0)
    findings.push(
      warn(
        `The last dry run found ${drift} ${drift === 1 ? 'user' : 'users'} out of step`,
        'A pass mends that: start one here, or wait for the clock.',
      ),
    )
  if (!lastRepairAt && users > 0)
    findings.push(warn('No pass has ever run', 'Start one here, and look at the Worker’s cron trigger.'))
  if (lastRepairAt && now - lastRepairAt.getTime() > PASS_OVERDUE_MS)
    findings.push(
      warn(
        `No pass has run for ${span(now - lastRepairAt.getTime())}`,
        'Look at the Worker’s cron trigger in Cloudflare’s dashboard. What webhooks have missed waits for a pass.',
      ),
    )
  return findings
}

/** What a dry run would have created, updated and deleted. */
const driftOf = ({ missing = 0, outdated = 0, orphaned = 0 }: Record<string, number>) =>
  missing + outdated + orphaned

function deadLetterFindings({ deadLetters }: Signs): Finding[] {
  if (deadLetters === 0) return []
  return [
    warn(
      deadLetters === 1 ? 'One delivery could not be used' : `${deadLetters} deliveries could not be used`,
      `They came in the last ${DEAD_LETTER_DAYS} days and are listed below with what to do about each kind.`,
    ),
  ]
}

const bad = (title: string, detail: string): Finding => ({ level: 'bad', title, detail })
const warn = (title: string, detail: string): Finding => ({ level: 'warn', title, detail })
const good = (title: string, detail: string): Finding => ({ level: 'good', title, detail })

/** `26 hours`, `3 days`: in the unit that a person would choose, and never more than has passed. */
export function span(ms: number): string {
  const [unit, size] = ms >= 2 * DAY ? ['day', DAY] : ms >= HOUR ? ['hour', HOUR] : ['minute', MINUTE]
  const count = Math.max(1, Math.floor(ms / size))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
