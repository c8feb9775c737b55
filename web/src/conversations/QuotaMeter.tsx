/** How many messages are left today, in small; the words say all that the bar shows. */
import { Skeleton } from '../ui/Skeleton.tsx'
import { clockTime } from '../ui/time.ts'
import type { QuotaState } from './quotaWatch.ts'

/** Few enough to plan with. */
const FEW = 3

export function QuotaMeter({ state }: { state: QuotaState }) {
  if (state.status === 'unknown' && state.isUsedUp)
    return (
      <p className="text-xs font-medium text-warn">
        No messages are left for today. What you have written is kept.
      </p>
    )
  if (state.status === 'unknown')
    return <span className="min-h-4 text-xs">{!state.problem && <Skeleton className="w-32" />}</span>
  const { limit, remaining, resetAt } = state.quota
  const isFew = remaining <= FEW
  return (
    <p
      className={`flex min-h-4 items-center gap-2 text-xs tabular-nums ${isFew ? 'font-medium text-warn' : 'text-soft'}`}
      title={`A new day begins at ${clockTime(resetAt)}`}
    >
      <span aria-hidden className="bar h-1 w-14 shrink-0 overflow-hidden rounded-full bg-line">
        <span
          className={`block h-full rounded-full motion-safe:transition-[width] motion-safe:duration-500 ${isFew ? 'bg-warn' : 'bg-brand'}`}
          style={{ width: `${limit > 0 ? Math.min(100, (remaining / limit) * 100) : 0}%` }}
        />
      </span>
      {remaining.toLocaleString('en')} of {limit.toLocaleString('en')} messages left today
    </p>
  )
}
