/** The turns of a thread, and what stands above the oldest of them. */
import { type Ref, useRef } from 'react'
import { TurnsSkeleton } from '../shell/ChatSkeleton.tsx'
import { BUTTONS } from '../ui/classes.ts'
import { useStore } from '../ui/useStore.ts'
import { markdownCode } from './markdownCode.ts'
import { TurnView } from './TurnView.tsx'
import type { Thread } from './thread.ts'
import type { History, Older } from './threadState.ts'
import { canRetry, type Turn, textOf } from './turns.ts'

interface Props {
  thread: Thread
  history: History
  turns: readonly Turn[]
  /** Nothing is on its way, so that a reply may be asked for again. */
  isFree: boolean
  change: (turnId: string) => void
  growing: Ref<HTMLLIElement>
  top: Ref<HTMLDivElement>
}

/** These are drawn in any case; those before them only when they come into view. */
const ALWAYS_DRAWN = 3

export function Turns({ thread, history, turns, isFree, change, growing, top }: Props) {
  const isUnreadable = useIsUnreadable(turns, !isFree)
  if (isUnreadable || (history.status === 'loading' && turns.length === 0)) return <Loading />
  return (
    <>
      {history.status === 'loaded' && history.older.status !== 'none' && (
        <Above older={history.older} top={top} readOlder={() => void thread.readOlder()} />
      )}
      <ol className="space-y-9 pt-4">
        {turns.map((turn, position) => (
          <li
            key={turn.id}
            ref={position === turns.length - 1 ? growing : null}
            className={
              position < turns.length - ALWAYS_DRAWN
                ? '[contain-intrinsic-size:auto_18rem] [content-visibility:auto] print:[content-visibility:visible]'
                : ''
            }
          >
            <TurnView
              turn={turn}
              thread={thread}
              canRetry={isFree && canRetry(turn.answer)}
              change={change}
            />
          </li>
        ))}
      </ol>
    </>
  )
}

/** What was said before is drawn once it can be drawn as what it is; what is being said now does not wait. */
function useIsUnreadable(turns: readonly Turn[], isWriting: boolean): boolean {
  const code = useStore(markdownCode)
  const wasShown = useRef(false)
  if (!turns.some(({ answer }) => textOf(answer) !== '')) return false
  wasShown.current ||= isWriting || code.status !== 'coming'
  return !wasShown.current
}

/** Reads on by itself when it comes near; a failure asks. */
function Above({ older, top, readOlder }: { older: Older; top: Ref<HTMLDivElement>; readOlder: () => void }) {
  if (older.status === 'failed')
    return (
      <p role="alert" className="flex flex-wrap items-center justify-center gap-3 py-6 text-sm text-soft">
        Older messages could not be read. {older.problem.title}.
        <button type="button" className={`${BUTTONS.quiet} print:hidden`} onClick={readOlder}>
          Read them again
        </button>
      </p>
    )
  return (
    <div ref={top} className="py-6 text-center text-sm text-soft">
      <span className="print:hidden">Reading older messages</span>
      <span className="not-print:hidden">There are older messages; scroll up to them before you print.</span>
    </div>
  )
}

function Loading() {
  return (
    <div aria-busy="true">
      <span className="sr-only">Loading the conversation</span>
      <TurnsSkeleton />
    </div>
  )
}
