/** One conversation: what has been said, and where to go on. */
import { ArrowDown } from 'lucide-react'
import { type ReactNode, type RefObject, useCallback, useEffect, useRef } from 'react'
import { Link } from 'wouter'
import type { Problem } from '../api/problem.ts'
import { Message } from '../shell/Message.tsx'
import { BUTTONS } from '../ui/classes.ts'
import { useStore } from '../ui/useStore.ts'
import { useTitle } from '../ui/useTitle.ts'
import { begunWith } from './beginnings.ts'
import type { Chat } from './chat.ts'
import { Foot } from './Foot.tsx'
import { ThreadTop } from './ThreadTop.tsx'
import { Turns } from './Turns.tsx'
import type { Thread } from './thread.ts'
import { isBusy, MISSING, type ThreadState } from './threadState.ts'
import { useScroller } from './useScroller.ts'
import { Welcome } from './Welcome.tsx'
import { headingOf } from './words.ts'

interface Props {
  chat: Chat
  thread: Thread
  firstName: string | null
  /** On a phone, where the list has no place of its own. */
  openList: () => void
}

/** For one thread: another one is another view. */
export function ThreadView({ chat, thread, firstName, openList }: Props) {
  const state = useStore(thread)
  useStore(chat.list)
  const { id, history, turns, spoken } = state
  const isWriting = isBusy(state)
  const title = id === null ? null : (chat.list.find(id) ?? state.conversation)?.title
  const isWelcome = turns.length === 0 && (history.status === 'new' || history.status === 'loaded')
  const heading = headingOf(title, history.status === 'new')
  useTitle(id === null ? 'Chat' : heading)

  const input = useRef<HTMLTextAreaElement>(null)
  const region = useRef<HTMLDivElement>(null)
  useEffect(() => {
    chat.show(thread)
    // A phone's keyboard would cover what one has come to read.
    if (input.current && matchMedia('(pointer: fine)').matches) input.current.focus()
    else region.current?.querySelector('h1')?.focus()
  }, [chat, thread])
  useEscape(isWriting, thread.stop)

  const begin = (beginning: string) => {
    const text = begunWith(beginning, thread.draft.state)
    thread.draft.write(text)
    const element = input.current
    if (!element) return
    element.focus()
    // After React has put the words in.
    requestAnimationFrame(() => element.setSelectionRange(text.length, text.length))
  }
  return (
    <div ref={region} className="flex min-h-0 min-w-0 flex-col print:block">
      <ThreadTop title={isWelcome || history.status === 'missing' ? null : heading} openList={openList} />
      {history.status === 'missing' ? (
        <Missing />
      ) : (
        <Body chat={chat} thread={thread} state={state} input={input}>
          {isWelcome && <Welcome firstName={firstName} begin={begin} />}
        </Body>
      )}
      <div role="status" className="sr-only">
        {spoken}
      </div>
    </div>
  )
}

interface BodyProps {
  chat: Chat
  thread: Thread
  state: ThreadState
  input: RefObject<HTMLTextAreaElement | null>
  children: ReactNode
}

function Body({ chat, thread, state, input, children }: BodyProps) {
  const { history, turns } = state
  const isWriting = isBusy(state)
  const scroller = useRef<HTMLElement>(null)
  const growing = useRef<HTMLLIElement>(null)
  const top = useRef<HTMLDivElement>(null)
  const older = history.status === 'loaded' ? history.older.status : 'none'
  const version = `${turns[0]?.id} ${turns.at(-1)?.id} ${older}`
  const readOlder = useCallback(() => void thread.readOlder(), [thread])
  const change = useCallback(
    (turnId: string) => {
      thread.takeBack(turnId)
      input.current?.focus()
    },
    [thread, input],
  )
  const { isAway, toEnd } = useScroller({ scroller, growing, top, readOlder, version })
  return (
    <>
      <div className="relative flex min-h-0 flex-1 flex-col print:block">
        <section
          ref={scroller}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
          tabIndex={0}
          aria-label="Conversation"
          // From its end; an empty one from its beginning.
          className={`flex min-h-0 flex-1 ${children ? 'flex-col' : 'flex-col-reverse'} overflow-y-auto overscroll-contain [overflow-anchor:none] print:block print:overflow-visible focus-visible:-outline-offset-2`}
        >
          <div className="mx-auto mb-auto flex min-h-full w-full shrink-0 max-w-3xl flex-col px-1 pb-8 sm:px-4">
            {children || (
              <Turns
                thread={thread}
                history={history}
                turns={turns}
                isFree={!isWriting}
                change={change}
                growing={growing}
                top={top}
              />
            )}
            {history.status === 'failed' && <Unread {...history} retry={() => void thread.read()} />}
          </div>
        </section>
        <div
          aria-hidden
          className="pointer-events-none absolute inset-x-0 top-0 mr-4 h-4 pointer-coarse:mr-0 bg-linear-to-b from-paper print:hidden"
        />
        <div
          aria-hidden
          className="pointer-events-none absolute inset-x-0 bottom-0 mr-4 h-6 pointer-coarse:mr-0 bg-linear-to-t from-paper print:hidden"
        />
        {isAway && (
          <button
            type="button"
            onClick={toEnd}
            className="absolute bottom-3 left-1/2 flex h-9 print:hidden -translate-x-1/2 items-center gap-2 rounded-full border border-line bg-surface px-4 text-sm font-medium shadow-lg hover:bg-sunken"
          >
            <ArrowDown aria-hidden className="size-4" />
            To the newest
          </button>
        )}
      </div>
      <Foot chat={chat} thread={thread} isBusy={isWriting} input={input} sent={toEnd} />
    </>
  )
}

/** Escape lets go of a reply, unless something else is open that it closes. */
function useEscape(isWriting: boolean, stop: () => void) {
  useEffect(() => {
    if (!isWriting) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.isComposing) return
      const isForAnother = event.target instanceof HTMLInputElement || document.querySelector('dialog[open]')
      if (!isForAnother) stop()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [isWriting, stop])
}

function Missing() {
  const region = useRef<HTMLDivElement>(null)
  // It takes the place of a composer that may have had the focus.
  useEffect(() => {
    const heading = region.current?.querySelector('h1')
    heading?.setAttribute('tabindex', '-1')
    heading?.focus()
  }, [])
  return (
    <div ref={region} className="min-h-0 flex-1 overflow-y-auto px-1 [&_h1]:outline-none">
      <Message
        title={MISSING}
        action={
          <Link href="/chat" className={BUTTONS.primary}>
            Begin a new one
          </Link>
        }
      >
        <p>It may have been deleted, or it belongs to another account than the one you are signed in with.</p>
      </Message>
    </div>
  )
}

interface UnreadProps {
  problem: Problem
  /** Once more, in answer to the button or by itself: what is said stays meanwhile. */
  isReading: boolean
  retry: () => void
}

function Unread({ problem, isReading, retry }: UnreadProps) {
  return (
    <div className="my-auto space-y-4 py-10 text-center">
      <div role="alert" className="space-y-4">
        <p className="font-display text-2xl">This conversation could not be read</p>
        <p className="text-soft">
          {problem.title}. It is safe, and is read again by itself when you are back.
        </p>
      </div>
      <button type="button" aria-disabled={isReading} className={BUTTONS.quiet} onClick={retry}>
        {isReading ? 'Reading it again' : 'Read it again'}
      </button>
    </div>
  )
}
