/** A question and its answer. */
import { memo } from 'react'
import mark from '../shell/mark.svg'
import { Skeleton } from '../ui/Skeleton.tsx'
import { ReplyView } from './ReplyView.tsx'
import type { Thread } from './thread.ts'
import { canTakeBack, type Turn } from './turns.ts'

/** Drawn anew only when this turn changes: beside it another one may be growing by the word. */
export const TurnView = memo(function TurnView({
  turn,
  thread,
  canRetry,
  change,
}: {
  turn: Turn
  thread: Thread
  /** Its reply may be asked for again. */
  canRetry: boolean
  change: (turnId: string) => void
}) {
  return (
    <article className="space-y-5" aria-label={turn.question?.content.slice(0, 80) ?? 'Reply'}>
      <div className="flex justify-end">
        <h2 className="sr-only">You</h2>
        {turn.question ? (
          <p
            dir="auto"
            className={`max-w-[85%] rounded-2xl rounded-br-md bg-brand-wash px-4 py-2.5 leading-relaxed wrap-anywhere whitespace-pre-wrap [unicode-bidi:plaintext] sm:max-w-[75%] ${turn.answer.status === 'sending' ? 'opacity-70' : ''}`}
          >
            {turn.question.content}
          </p>
        ) : (
          <Skeleton className="h-11.5! w-2/5 rounded-2xl!" />
        )}
      </div>
      <div className="flex gap-4">
        <img src={mark} alt="" className="mt-0.5 size-6 shrink-0 max-sm:hidden" />
        <div className="min-w-0 flex-1">
          <h2 className="sr-only">SwarAI</h2>
          <ReplyView
            answer={turn.answer}
            retry={canRetry ? () => thread.retry(turn.id) : null}
            change={canTakeBack(turn) ? () => change(turn.id) : null}
          />
        </div>
      </div>
    </article>
  )
})
