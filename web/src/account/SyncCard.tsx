/**
 * Where the sync stands, in plain words, and what to do about it. High enough for its longest state, so that nothing
 * below moves when a sync ends, however it ends.
 */
import { CircleAlert, CircleCheck, LoaderCircle, RefreshCw } from 'lucide-react'
import { BUTTONS, CARD } from '../ui/classes.ts'
import { RelativeTime } from '../ui/RelativeTime.tsx'
import { type Tuning, Waves } from '../ui/Waves.tsx'
import type { SyncState } from '../users/syncState.ts'
import { syncWords } from '../users/syncWords.ts'
import { SyncFailure } from './SyncFailure.tsx'

const LOOKS: Record<SyncState['status'], { Icon: typeof CircleCheck; color: string; tuning: Tuning }> = {
  'signed-out': { Icon: CircleAlert, color: 'text-soft', tuning: 'apart' },
  syncing: { Icon: LoaderCircle, color: 'text-brand motion-safe:animate-spin', tuning: 'seeking' },
  synced: { Icon: CircleCheck, color: 'text-good', tuning: 'unison' },
  failed: { Icon: CircleAlert, color: 'text-bad', tuning: 'apart' },
}

interface Props {
  sync: SyncState
  syncNow: () => void
  /** How many fields are not the same on both sides. */
  differing: number
}

export function SyncCard({ sync, syncNow, differing }: Props) {
  const { Icon, color, tuning, title, detail } = appearance(sync, differing)
  return (
    <section
      aria-labelledby="sync"
      className={`${CARD} relative flex min-h-[27rem] min-[380px]:min-h-[25rem] flex-col overflow-hidden p-5 sm:min-h-64 sm:p-6`}
    >
      <div className="relative flex gap-3">
        <Icon aria-hidden className={`mt-1 size-6 shrink-0 ${color}`} strokeWidth={1.75} />
        <div>
          <h2 key={title} id="sync" className="font-display text-2xl leading-snug sm:text-3xl">
            {title}
          </h2>
          <p key={detail} className="mt-1 max-w-prose leading-relaxed text-soft">
            {detail}
          </p>
        </div>
      </div>
      {sync.status === 'failed' && <SyncFailure problem={sync.problem} retryAt={sync.retryAt} />}
      <Strings tuning={tuning} crowded={sync.status === 'failed'} />
      <div className="relative mt-auto flex flex-col items-start gap-x-4 gap-y-3 sm:flex-row sm:items-center sm:pt-4">
        <button
          type="button"
          className={sync.status === 'failed' ? BUTTONS.primary : BUTTONS.quiet}
          // Not `disabled`: a button that loses the focus while it works sends keyboard users back to the start.
          aria-disabled={sync.status === 'syncing'}
          onClick={syncNow}
        >
          <RefreshCw aria-hidden className="size-4" />
          {sync.status === 'failed' ? 'Retry now' : 'Sync now'}
        </button>
        <LastSync sync={sync} />
      </div>
    </section>
  )
}

function appearance(sync: SyncState, differing: number) {
  if (sync.status !== 'synced' || differing === 0) return { ...LOOKS[sync.status], ...syncWords(sync) }
  return {
    Icon: CircleAlert,
    color: 'text-warn',
    tuning: 'apart' as const,
    title: differing === 1 ? 'One field differs' : `${differing} fields differ`,
    detail:
      'One side has a change that has not reached the other. That settles within moments; syncing again hurries it.',
  }
}

/** Takes the room between the words and the button on a phone, where a failure needs all of it; else the corner. */
function Strings({ tuning, crowded }: { tuning: Tuning; crowded: boolean }) {
  return (
    <div
      className={`relative -mx-5 my-3 min-h-0 flex-1 opacity-70 sm:absolute sm:right-0 sm:bottom-3 sm:m-0 sm:h-24 sm:w-1/2 sm:mask-l-from-40% ${crowded ? 'max-sm:invisible' : ''}`}
    >
      <Waves tuning={tuning} className="absolute inset-x-0 top-1/2 h-20 w-full -translate-y-1/2 sm:h-24" />
    </div>
  )
}

function LastSync({ sync }: { sync: SyncState }) {
  if (sync.status === 'signed-out') return null
  return (
    <p className="text-sm text-soft">
      {sync.lastSyncedAt === null ? (
        'Not synced yet'
      ) : (
        <>
          Last synced <RelativeTime time={sync.lastSyncedAt} />
        </>
      )}
    </p>
  )
}
