/** How the sync is doing, in plain words, the most pressing first. Pure: the clock is an argument. */
import {
  COUNT_LIMIT,
  DEAD_LETTER_DAYS,
  LAG_SAMPLE,
  MISSED_HOURS,
  type PassSigns,
  type Signs,
} from './report.ts'

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

/** @param now Milliseconds since the epoch. */
export function verdictOf(signs: Signs, now: number): Finding[] {
  const findings = [
    ...webhookFindings(signs, now),
    ...endFindings(signs.passes),
    ...overdueFindings(signs, now),
    ...foundFindings(signs),
    ...deadLetterFindings(signs),
  ].sort((a, b) => Number(b.level === 'bad') - Number(a.level === 'bad'))
  if (findings.length > 0) return findings
  return signs.users === 0
    ? [good('Nobody to keep in step yet', 'The first user appears here within a second of signing up.')]
    : [good('All in step', 'Webhooks arrive or nothing has changed, and the passes find nothing amiss.')]
}

const THE_EVENTS = 'user.created, user.updated and user.deleted'

function webhookFindings(signs: Signs, now: number): Finding[] {
  if (signs.untold > 0) return [silence(signs, now)]
  if (signs.missed === 0) return []
  return [
    warn(
      `Webhooks have missed ${sampled(signs.missed)} in the last ${MISSED_HOURS} hours`,
      `Passes have mended that. Look whether ${THE_EVENTS} are ticked at the endpoint in Clerk, and which messages have failed there. After an outage it goes away by itself.`,
    ),
  ]
}

function silence({ lastDeliveryAt, lastUsedAt, untold }: Signs, now: number): Finding {
  const isUseless = lastDeliveryAt !== null && (!lastUsedAt || lastDeliveryAt > lastUsedAt)
  const since = lastUsedAt ? `for ${span(now - lastUsedAt.getTime())}` : 'has ever arrived'
  const title = `No webhook ${isUseless ? 'of use ' : ''}${since} although ${sampled(untold)} ${untold === 1 ? 'has' : 'have'} changed`
  const until = 'Until then changes reach Neon by logins and passes alone.'
  const endpoint = 'the endpoint in Clerk: its address, its events, its signing secret'
  if (isUseless)
    return bad(
      title,
      `What arrives is listed under the dead letters, with why. Tick ${THE_EVENTS} at the endpoint in Clerk, and compare CLERK_INSTANCE_ID. ${until}`,
    )
  return lastUsedAt
    ? bad(title, `Check ${endpoint}, and whether Clerk has disabled it. ${until}`)
    : warn(title, `Set up ${endpoint}. Once that is done, the next change shows it. ${until}`)
}

function endFindings({ lastStatus, lastReason }: PassSigns): Finding[] {
  const why = lastReason ?? 'it did not say why'
  if (lastStatus === 'stopped')
    return [
      bad(
        `The last pass stopped: ${why}`,
        'It has deleted nobody. Compare the number of users in Clerk’s dashboard with the number here before you start another.',
      ),
    ]
  if (lastStatus === 'failed')
    return [
      bad(
        `The last pass failed: ${why}`,
        'Whatever it had done stays done. The next pass goes on by itself.',
      ),
    ]
  return []
}

/** A pass that was cut off says nothing: that one has come through is the only sign that they do. */
function overdueFindings({ passes, users }: Signs, now: number): Finding[] {
  const since = passes.lastCompleteAt ?? passes.firstStartedAt
  if (!since)
    return users > 0
      ? [warn('No pass has ever run', 'Start one here, and look at the Worker’s cron trigger.')]
      : []
  if (now - since.getTime() <= PASS_OVERDUE_MS) return []
  const isStarted = passes.lastStartedAt && now - passes.lastStartedAt.getTime() <= PASS_OVERDUE_MS
  return [
    warn(
      `No pass has come through for ${span(now - since.getTime())}`,
      isStarted
        ? 'Passes are started and do not come to their end. Look in Cloudflare’s dashboard at how the Workflow’s instances ended. What webhooks have missed waits for a pass.'
        : 'None is started, either. Look at the Worker’s cron trigger in Cloudflare’s dashboard. What webhooks have missed waits for a pass.',
    ),
  ]
}

function foundFindings({ drift, passes: { unreadable, conflicts } }: Signs): Finding[] {
  const findings: Finding[] = []
  const apart = drift ? drift.missing + drift.outdated + drift.orphaned : 0
  if (apart > 0)
    findings.push(
      warn(
        `The last dry run found ${counted(apart)} out of step`,
        'A pass mends that: start one here, or wait for the clock.',
      ),
    )
  if (unreadable > 0)
    findings.push(
      warn(
        `${counted(unreadable)} of Clerk’s cannot be read`,
        'Their profiles have a form that this version cannot hold: Neon does not have them, or has them as they were. Update SwarAI, then start a pass.',
      ),
    )
  if (conflicts > 0)
    findings.push(
      warn(
        `${counted(conflicts)} without the address that Clerk shows`,
        'Neon holds it for another user, whose claim is newer. It comes back with their own next change; if it does not, both rows have to be read anew.',
      ),
    )
  return findings
}

function deadLetterFindings({ deadLetters }: Signs): Finding[] {
  if (deadLetters === 0) return []
  const many = deadLetters > COUNT_LIMIT ? `${amount(COUNT_LIMIT)}+` : amount(deadLetters)
  return [
    warn(
      deadLetters === 1 ? 'One delivery could not be used' : `${many} deliveries could not be used`,
      `They came in the last ${DEAD_LETTER_DAYS} days and are listed below with what to do about each kind.`,
    ),
  ]
}

const bad = (title: string, detail: string): Finding => ({ level: 'bad', title, detail })
const warn = (title: string, detail: string): Finding => ({ level: 'warn', title, detail })
const good = (title: string, detail: string): Finding => ({ level: 'good', title, detail })

const amount = (number: number) => number.toLocaleString('en')
const counted = (users: number) => `${amount(users)} ${users === 1 ? 'user' : 'users'}`

/** Where no more than a sample has been looked at. */
const sampled = (users: number) => `${users >= LAG_SAMPLE ? 'at least ' : ''}${counted(users)}`

/** `26 hours`, `3 days`: in the unit that a person would choose, and never more than has passed. */
export function span(ms: number): string {
  const [unit, size] = ms >= 2 * DAY ? ['day', DAY] : ms >= HOUR ? ['hour', HOUR] : ['minute', MINUTE]
  const count = Math.max(1, Math.floor(ms / size))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
