/** Says aloud how a sync ended, once, without taking anybody's focus. */

import type { SyncState } from './syncState.ts'
import { syncWords } from './syncWords.ts'

export function SyncAnnouncer({ sync }: { sync: SyncState }) {
  const silent = sync.status === 'syncing' || (sync.status === 'signed-out' && !sync.deleted)
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {silent ? '' : `${syncWords(sync).title}. ${syncWords(sync).detail}`}
    </div>
  )
}
