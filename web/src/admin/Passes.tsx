/** What the clock's door has found and done, and the way to send it off now. */

import { CircleAlert, CircleCheck, CircleStop, LoaderCircle } from 'lucide-react'
import { amount } from '../ui/amount.ts'
import { BUTTONS, CARD } from '../ui/classes.ts'
import { RelativeTime } from '../ui/RelativeTime.tsx'
import type { Pass, RunStatus } from './report.ts'
import { type Start, useStart } from './useStart.ts'
import { duration, foundWords } from './words.ts'

const ROW = 'grid grid-cols-2 gap-x-4 gap-y-1 px-5 md:grid-cols-[8rem_7.5rem_8rem_1fr] md:gap-x-5 sm:px-6'

const STATUSES: Record<RunStatus, { label: string; Icon: typeof CircleCheck; look: string }> = {
  running: { label: 'Running', Icon: LoaderCircle, look: 'bg-brand-wash text-brand' },
  complete: { label: 'Complete', Icon: CircleCheck, look: 'bg-good-wash text-good' },
  stopped: { label: 'Stopped', Icon: CircleStop, look: 'bg-bad-wash text-bad' },
  failed: { label: 'Failed', Icon: CircleAlert, look: 'bg-bad-wash text-bad' },
}

const TRIGGERS: Record<string, string> = { cron: 'by the clock', admin: 'by an admin', cli: 'by hand' }

export function Passes({ passes, started }: { passes: Pass[]; started: () => void }) {
  const { start, begin } = useStart(started)
  const isBusy = start.status === 'starting'
  return (
    <section aria-labelledby="passes" className={`${CARD} overflow-hidden`}>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4 p-5 sm:px-6">
        <div>
          <h2 id="passes" className="font-display text-2xl">
            Passes
          </h2>
          <p className="mt-1 max-w-prose leading-relaxed text-soft">
            A pass compares all users with Clerk’s and mends what differs. A dry run only counts it.
          </p>
          <p
            role="status"
            className={`mt-1 text-sm empty:hidden ${start.status === 'failed' ? 'text-bad' : 'text-good'}`}
          >
            {startWords(start)}
          </p>
        </div>
        <div className="flex flex-wrap gap-3">
          <button
            type="button"
            className={BUTTONS.quiet}
            aria-disabled={isBusy}
            onClick={() => void begin(true)}
          >
            Dry run
          </button>
          <button
            type="button"
            className={BUTTONS.primary}
            aria-disabled={isBusy}
            onClick={() => void begin(false)}
          >
            Reconcile now
          </button>
        </div>
      </div>
      <table className="block border-t border-line text-sm">
        <caption className="sr-only">The last passes</caption>
        <thead className={`block border-b border-line bg-sunken/60 text-soft max-md:sr-only`}>
          <tr className={`${ROW} py-2.5 *:text-left *:font-medium`}>
            <th scope="col">Started</th>
            <th scope="col">Status</th>
            <th scope="col">Clerk, Neon</th>
            <th scope="col">Found and did</th>
          </tr>
        </thead>
        <tbody className="block divide-y divide-line">
          {passes.length === 0 && (
            <tr className="block">
              <td className="block px-5 py-4 text-soft sm:px-6">No pass has run yet.</td>
            </tr>
          )}
          {passes.map((pass) => (
            <PassRow key={pass.id} pass={pass} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function PassRow({ pass }: { pass: Pass }) {
  const { label, Icon, look } = STATUSES[pass.status]
  return (
    <tr className={`${ROW} py-3`}>
      <th scope="row" className="text-left font-normal">
        <RelativeTime time={pass.startedAt} />
        <span className="block text-xs text-soft">{TRIGGERS[pass.trigger] ?? pass.trigger}</span>
      </th>
      <td className="max-md:text-right">
        <span className={`inline-flex h-6 items-center gap-1 rounded-full px-2 text-xs font-medium ${look}`}>
          <Icon
            aria-hidden
            className={`size-3.5 ${pass.status === 'running' ? 'motion-safe:animate-spin' : ''}`}
            strokeWidth={2.25}
          />
          {label}
        </span>
        {pass.dryRun && <span className="block text-xs text-soft max-md:mt-1">dry run</span>}
      </td>
      <td className="tabular-nums max-md:col-span-2">
        <span className="text-soft md:sr-only">In Clerk, in Neon: </span>
        {known(pass.clerkCount)}, {known(pass.neonCount)}
      </td>
      <td className="min-w-0 max-md:col-span-2">
        {pass.reason && <span className="block wrap-anywhere">{pass.reason}</span>}
        <span className="block">{found(pass)}</span>
        {pass.finishedAt !== null && (
          <span className="block text-xs text-soft">
            took {duration(Math.max(0, pass.finishedAt - pass.startedAt))}
          </span>
        )}
      </td>
    </tr>
  )
}

const known = (count: number | null) => (count === null ? '?' : amount(count))

function found({ counts, status }: Pass): string {
  return foundWords(counts) || (status === 'running' ? 'nothing yet' : 'nothing')
}

function startWords(start: Start): string {
  switch (start.status) {
    case 'idle':
      return ''
    case 'starting':
      return start.dryRun ? 'Starting a dry run' : 'Starting a pass'
    case 'started':
      return start.dryRun
        ? 'A dry run has started; it appears below.'
        : 'A pass has started; it appears below.'
    case 'failed':
      return start.problem.status === 404
        ? 'This deployment cannot start passes from here.'
        : `It could not be started: ${start.problem.title}.`
  }
}
