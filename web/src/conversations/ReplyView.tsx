/** A reply in each of its states. */
import { CircleStop, Pencil, RotateCcw, TriangleAlert } from 'lucide-react'
import { type RefObject, useRef, useSyncExternalStore } from 'react'
import { Copyable } from '../ui/Copyable.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { BUTTONS } from '../ui/classes.ts'
import { relativeTime, TICK_MS } from '../ui/time.ts'
import { useNow } from '../ui/useNow.ts'
import { markdownCode } from './markdownCode.ts'
import { Thinking } from './Thinking.tsx'
import { type Answer, type Reason, textOf } from './turns.ts'
import { adviceOf, cutOffWords, failedWords } from './words.ts'

interface Props {
  answer: Answer
  /** Null where it would change nothing, and while a message is on its way: one at a time. */
  retry: (() => void) | null
  /** Puts the question back into the composer; null when it has arrived. */
  change: (() => void) | null
}

export function ReplyView({ answer, retry, change }: Props) {
  const text = textOf(answer)
  const words = useRef<HTMLDivElement>(null)
  return (
    <div className="space-y-3">
      {text !== '' && (
        <div ref={words}>
          <Words text={text} />
        </div>
      )}
      <State answer={answer} />
      <Actions answer={answer} retry={retry} change={change} words={words} />
    </div>
  )
}

function Words({ text }: { text: string }) {
  const code = useSyncExternalStore(markdownCode.subscribe, currentCode, currentCode)
  return code.status === 'here' ? <code.Markdown text={text} /> : <PlainText text={text} />
}

const currentCode = () => markdownCode.state

function PlainText({ text }: { text: string }) {
  return (
    <p dir="auto" className="leading-[1.7] wrap-anywhere whitespace-pre-wrap [unicode-bidi:plaintext]">
      {text}
    </p>
  )
}

function State({ answer }: { answer: Answer }) {
  switch (answer.status) {
    case 'sending':
      return <Thinking>Sending</Thinking>
    case 'thinking':
      return <Thinking>Thinking</Thinking>
    case 'streaming':
      return <Thinking>Writing</Thinking>
    case 'pending':
      return <Thinking>Being written</Thinking>
    case 'stopped':
      return answer.problem && <Failure problem={answer.problem} said={textOf(answer)} />
    case 'complete':
      return (
        <>
          {answer.text === '' && <p className="text-soft italic">The reply is empty.</p>}
          <CutOff words={cutOffWords(answer.finishReason)} />
        </>
      )
    case 'failed':
    case 'interrupted':
      return <Failure problem={answer.problem} said={textOf(answer)} />
  }
}

const CutOff = ({ words }: { words: string | null }) => words && <p className="text-sm text-warn">{words}</p>

/** For as long as it is worth waiting. */
function Later({ retryAt }: { retryAt: number }) {
  const now = useNow(TICK_MS)
  if (retryAt <= now) return null
  // Closer than a tick is `just now` elsewhere.
  return <p>Trying again helps {retryAt - now > TICK_MS ? relativeTime(retryAt, now) : 'in a moment'}.</p>
}

function Failure({ problem, said }: { problem: Reason | null; said: string }) {
  const advice = problem ? adviceOf(problem) : 'Your message is kept, and trying again does not count twice.'
  return (
    <div className="flex gap-3 rounded-xl bg-warn-wash px-4 py-3 text-sm">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
      <div className="min-w-0 leading-relaxed">
        <p className="font-medium text-warn">{failedWords(said, problem)}</p>
        <p>{advice}</p>
        {problem?.retryAt !== undefined && <Later retryAt={problem.retryAt} />}
        {problem?.requestId && (
          <p className="mt-1 flex flex-wrap items-center gap-x-1.5 text-xs">
            Request <Copyable text={problem.requestId} />
          </p>
        )}
      </div>
    </div>
  )
}

function Actions({ answer, retry, change, words }: Props & { words: RefObject<HTMLElement | null> }) {
  const text = textOf(answer)
  const isOver = answer.status === 'complete' || answer.status === 'stopped' || answer.status === 'failed'
  const isStopped = answer.status === 'stopped' && !answer.problem
  const canCopy = isOver && text !== ''
  if (!canCopy && !retry && !change && !isStopped) return null
  return (
    <p className="flex min-h-8 flex-wrap items-center gap-x-4 gap-y-2 text-xs text-soft print:min-h-0 print:[&_button]:hidden">
      {isStopped && (
        <span className="flex items-center gap-1.5">
          <CircleStop aria-hidden className="size-3.5" />
          {text === '' ? 'Stopped before the first word' : 'Stopped'}
        </span>
      )}
      {canCopy && (
        <span className="-mx-1.5">
          <CopyButton text={text} what="this reply" source={words} />
        </span>
      )}
      {retry && (
        <button type="button" className={BUTTONS.quiet} onClick={retry}>
          <RotateCcw aria-hidden className="size-4" />
          Try again
        </button>
      )}
      {change && (
        <button type="button" className={BUTTONS.quiet} onClick={change}>
          <Pencil aria-hidden className="size-4" />
          Change it
        </button>
      )}
    </p>
  )
}
