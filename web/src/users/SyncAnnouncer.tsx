/** Says aloud how a sync ended, once, without taking anybody's focus. */
import type { SyncState } from './syncState.ts'
import { spokenWords } from './syncWords.ts'

export function SyncAnnouncer({ sync }: { sync: SyncState }) {
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {spokenWords(sync)}
    </div>
  )
}
