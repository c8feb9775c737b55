/** What else there is to say about a failed sync: when it is tried again, and what to tell whoever can help. */
import type { Problem } from '../api/problem.ts'
import { Copyable } from '../ui/Copyable.tsx'
import { useNow } from '../ui/useNow.ts'

export function SyncFailure({ problem, retryAt }: { problem: Problem; retryAt: number | null }) {
  return (
    <div className="relative mt-2 space-y-1 pl-9 text-sm">
      {retryAt === null ? <p>It will not be tried again by itself.</p> : <Countdown until={retryAt} />}
      {problem.requestId && <RequestId id={problem.requestId} />}
    </div>
  )
}

function Countdown({ until }: { until: number }) {
  const seconds = Math.max(0, Math.ceil((until - useNow(500)) / 1_000))
  return (
    <p className="tabular-nums">
      {seconds === 0
        ? 'Trying again now.'
        : `Trying again by itself in ${seconds} second${seconds === 1 ? '' : 's'}.`}
    </p>
  )
}

function RequestId({ id }: { id: string }) {
  return (
    <p className="flex flex-wrap items-center gap-x-1.5 text-soft">
      <span className="max-sm:sr-only">Request</span>
      <Copyable text={id} />
    </p>
  )
}
