/** Above a thread: what it is called, and on a phone the ways to the others. */
import { PanelLeft, SquarePen } from 'lucide-react'
import { Link } from 'wouter'

const ROUND =
  'grid size-10 shrink-0 place-items-center rounded-full text-soft hover:bg-sunken hover:text-ink md:hidden print:hidden'

export function ThreadTop({ title, openList }: { title: string | null; openList: () => void }) {
  return (
    <div className={`flex h-14 items-center gap-1 ${title === null ? 'md:hidden' : ''}`}>
      <button type="button" aria-label="Conversations" className={`${ROUND} -ml-2`} onClick={openList}>
        <PanelLeft aria-hidden className="size-5" />
      </button>
      <div className="mx-auto flex w-full max-w-3xl min-w-0 justify-center px-1 sm:px-4 md:justify-start print:justify-start">
        {title !== null && (
          <h1
            dir="auto"
            tabIndex={-1}
            title={title}
            className="truncate font-display text-xl outline-none md:w-full"
          >
            {title}
          </h1>
        )}
      </div>
      <Link href="/chat" aria-label="New chat" className={`${ROUND} -mr-2`}>
        <SquarePen aria-hidden className="size-5" />
      </Link>
    </div>
  )
}
