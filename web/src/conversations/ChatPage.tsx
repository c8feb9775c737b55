/** Talking: the conversations at the side, one of them in the middle. */
import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLocation, useParams } from 'wouter'
import type { SignedIn } from '../auth/Gate.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { useStore } from '../ui/useStore.ts'
import type { Chat } from './chat.ts'
import { ListPanel } from './ListPanel.tsx'
import { markdownCode } from './markdownCode.ts'
import { ThreadView } from './ThreadView.tsx'
import { useChat } from './useChat.ts'

export default function ChatPage({ user, sync }: SignedIn) {
  useEffect(() => markdownCode.ask(), [])
  const { id = null } = useParams<{ id?: string }>()
  const [, navigate] = useLocation()
  const chat = useChat(user.id, sync)
  const thread = chat.thread(id)
  const { id: begunId } = useStore(thread)
  const [isListOpen, setListOpen] = useState(false)

  // A conversation has its own address as soon as it has begun.
  useEffect(() => {
    if (id === null && begunId !== null) navigate(`/chat/${begunId}`, { replace: true })
  }, [id, begunId, navigate])

  const list = {
    chat,
    activeId: begunId,
    chosen: () => setListOpen(false),
    removed: () => {
      setListOpen(false)
      navigate('/chat')
    },
  }
  return (
    <div className="grid h-full min-h-0 grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)] md:grid-cols-[15rem_minmax(0,1fr)] md:gap-4 print:block print:h-auto lg:grid-cols-[17rem_minmax(0,1fr)] lg:gap-6">
      <aside
        aria-label="Your conversations"
        className="min-h-0 border-r border-line pr-4 max-md:hidden print:hidden"
      >
        <ListPanel {...list} />
      </aside>
      <ThreadView
        key={thread.key}
        chat={chat}
        thread={thread}
        firstName={user.firstName}
        openList={() => setListOpen(true)}
      />
      {isListOpen && <Drawer {...list} close={() => setListOpen(false)} />}
    </div>
  )
}

interface DrawerProps {
  chat: Chat
  activeId: string | null
  chosen: () => void
  removed: () => void
  close: () => void
}

function Drawer({ close, ...list }: DrawerProps) {
  return (
    <Dialog
      label="Your conversations"
      close={close}
      className="m-0 h-dvh max-h-none w-80 max-w-[85vw] border-r border-line bg-paper text-ink motion-safe:animate-drawer"
    >
      <div className="h-full px-4">
        <ListPanel
          {...list}
          corner={
            <button
              type="button"
              aria-label="Close"
              className="-mr-2 grid size-10 shrink-0 place-items-center rounded-full text-soft hover:bg-sunken hover:text-ink"
              onClick={close}
            >
              <X aria-hidden className="size-5" />
            </button>
          }
        />
      </div>
    </Dialog>
  )
}
