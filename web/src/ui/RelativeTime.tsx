/** `3 minutes ago`, and the exact time for who hovers or listens for it. */
import { exactTime, relativeTime, TICK_MS } from './time.ts'
import { useNow } from './useNow.ts'

export function RelativeTime({ time }: { time: number }) {
  const now = useNow(TICK_MS)
  return (
    <time dateTime={new Date(time).toISOString()} title={exactTime(time)}>
      {relativeTime(time, now)}
    </time>
  )
}
