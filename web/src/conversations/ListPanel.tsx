/** The way to every conversation: a new one, a search, and the list. */
import { Search, SquarePen } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Link } from 'wouter'
import type { Problem } from '../api/problem.ts'
import { RowsSkeleton } from '../shell/ChatSkeleton.tsx'
import { BUTTONS } from '../ui/classes.ts'
import { useNow } from '../ui/useNow.ts'
import { useStore } from '../ui/useStore.ts'
import { ConversationRow } from './ConversationRow.tsx'
import type { Chat } from './chat.ts'
import { type Conversation, SEARCH_MAX_CHARACTERS } from './conversation.ts'
import type { ListState } from './conversationList.ts'
import { DeleteDialog } from './DeleteDialog.tsx'
import { byDay } from './groups.ts'
import type { More } from './listed.ts'

/** Often enough for the headings to follow a day's end. */
const HEADINGS_MS = 60_000

interface Props {
  chat: Chat
  activeId: string | null
  /** A place has been chosen. */
  chosen: () => void
  /** The conversation that was shown is gone. */
  removed: () => void
  /** Beside the first button. */
  corner?: ReactNode
}

export function ListPanel({ chat, activeId, chosen, removed, corner }: Props) {
  const state = useStore(chat.list)
  // Not once a frame, and one for all: there is a drawer, too, and a field has to hold what was typed when the key is let go.
  const words = useSyncExternalStore(chat.list.subscribe, () => chat.list.state.query)
  const [leaving, setLeaving] = useState<Conversation | null>(null)
  const field = useRef<HTMLInputElement>(null)
  const isRowGone = useRef(false)
  useEffect(() => {
    if (leaving || !isRowGone.current) return
    isRowGone.current = false
    // The button that had the focus has gone with its row. As long as the dialog is there, nothing beside it can have it.
    field.current?.focus()
  }, [leaving])
  return (
    <div className="flex h-full min-h-0 flex-col gap-3 py-4">
      <div className="flex shrink-0 gap-2">
        <Link href="/chat" onClick={chosen} className={`${BUTTONS.quiet} flex-1`}>
          <SquarePen aria-hidden className="size-4" />
          New chat
        </Link>
        {corner}
      </div>
      <label className="relative block shrink-0">
        <span className="sr-only">Search conversations</span>
        <Search aria-hidden className="absolute top-2.5 left-3 size-4 text-soft" />
        <input
          ref={field}
          type="search"
          placeholder="Search"
          dir="auto"
          value={words}
          maxLength={SEARCH_MAX_CHARACTERS}
          onChange={(event) => chat.list.search(event.target.value)}
          className="h-9 w-full rounded-[10px] border border-transparent bg-sunken pr-2 pl-9 text-sm outline-offset-0 placeholder:text-soft [&::-webkit-search-cancel-button]:grayscale"
        />
      </label>
      <nav
        aria-label="Conversations"
        className="-mx-2 min-h-0 flex-1 overflow-y-auto overscroll-contain px-2"
      >
        <Body chat={chat} state={state} activeId={activeId} chosen={chosen} remove={setLeaving} />
      </nav>
      {leaving && (
        <DeleteDialog
          chat={chat}
          conversation={leaving}
          close={(isGone) => {
            setLeaving(null)
            if (isGone && leaving.id === activeId) removed()
            else isRowGone.current = isGone
          }}
        />
      )}
    </div>
  )
}

interface BodyProps extends Omit<Props, 'removed' | 'corner'> {
  state: ListState
  remove: (conversation: Conversation) => void
}

function Body({ chat, state, activeId, chosen, remove }: BodyProps) {
  const now = useNow(HEADINGS_MS)
  if (state.status === 'loading') return <Loading />
  if (state.status === 'failed')
    return (
      <Failed
        what="Your conversations could not be read."
        problem={state.problem}
        isReading={state.isReading}
        retry={() => void chat.list.read()}
      />
    )
  if (state.conversations.length === 0) return <Empty query={state.query.trim()} />
  return (
    <>
      {state.problem && (
        <p role="alert" className="px-2.5 pb-2 text-xs leading-relaxed text-warn">
          This list may be old. {state.problem.title}.
        </p>
      )}
      {byDay(state.conversations, now).map(({ name, conversations }) => (
        <section key={name} aria-label={name} className="mb-3">
          <h2 className="px-2.5 py-1.5 text-xs font-medium text-soft">{name}</h2>
          <ul className="space-y-0.5">
            {conversations.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                isActive={conversation.id === activeId}
                chosen={chosen}
                rename={(title) => chat.rename(conversation.id, title)}
                remove={() => remove(conversation)}
              />
            ))}
          </ul>
        </section>
      ))}
      <Further more={state.more} readMore={() => void chat.list.readMore()} />
    </>
  )
}

/** The end of the list reads on when it comes into view. */
function Further({ more, readMore }: { more: More; readMore: () => void }) {
  const end = useRef<HTMLParagraphElement>(null)
  const read = useRef(readMore)
  useEffect(() => {
    read.current = readMore
  })
  const cursor = more.status === 'there' ? more.cursor : null
  useEffect(() => {
    if (cursor === null || !end.current) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && read.current(), {
      rootMargin: '200px',
    })
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [cursor])
  if (more.status === 'none') return null
  if (more.status === 'failed')
    return (
      <Failed what="The rest could not be read." problem={more.problem} isReading={false} retry={readMore} />
    )
  return (
    <p ref={end} className="px-2.5 py-2 text-xs text-soft">
      Reading on
    </p>
  )
}

interface FailedProps {
  what: string
  problem: Problem
  /** Once more, in answer to the button or by itself: what is said stays meanwhile. */
  isReading: boolean
  retry: () => void
}

function Failed({ what, problem, isReading, retry }: FailedProps) {
  return (
    <div className="space-y-3 px-2.5 py-2 text-sm leading-relaxed">
      <p role="alert">
        {what} <span className="text-soft">{problem.title}.</span>
      </p>
      <button type="button" aria-disabled={isReading} className={BUTTONS.quiet} onClick={retry}>
        {isReading ? 'Reading it again' : 'Read it again'}
      </button>
    </div>
  )
}

function Empty({ query }: { query: string }) {
  return (
    <p role="status" className="px-2.5 py-2 text-sm leading-relaxed text-soft">
      {query ? (
        <>
          No conversation is called “<bdi>{query}</bdi>”. The search looks at titles.
        </>
      ) : (
        'What you talk about is kept here, the newest on top. It begins with your first message.'
      )}
    </p>
  )
}

function Loading() {
  return (
    <div aria-busy="true">
      <span className="sr-only">Loading your conversations</span>
      <RowsSkeleton />
    </div>
  )
}
