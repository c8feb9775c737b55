/** A conversation in the list: the way to it, and what else can be done with it. */
import { Pencil, Trash2 } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { Problem } from '../api/problem.ts'
import { type Conversation, TITLE_MAX_CHARACTERS } from './conversation.ts'
import { titleOf } from './words.ts'

interface Props {
  conversation: Conversation
  isActive: boolean
  chosen: () => void
  rename: (title: string) => Promise<Problem | null>
  remove: () => void
}

const BUTTON = 'grid size-8 shrink-0 place-items-center rounded-lg text-soft hover:bg-line/60 hover:text-ink'

/** Seen where they are wanted: on the row that is pointed at or focused, on the shown one, and on every touch screen. */
const ON_DEMAND =
  'flex max-w-0 overflow-hidden group-focus-within:max-w-none group-focus-within:overflow-visible group-hover:max-w-none group-data-active:max-w-none pointer-coarse:max-w-none'

export function ConversationRow({ conversation, isActive, chosen, rename, remove }: Props) {
  const [isNaming, setNaming] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const pencil = useRef<HTMLButtonElement>(null)
  const title = titleOf(conversation.title)

  const named = async (next: string | null, isByKey: boolean) => {
    setNaming(false)
    // After the field has gone. Whoever has left it for somewhere else is there already.
    if (isByKey) requestAnimationFrame(() => pencil.current?.focus())
    if (next !== null) setProblem(await rename(next))
  }
  return (
    <li>
      <div
        data-active={isActive || undefined}
        className="group relative flex items-center rounded-lg pr-1 transition-colors hover:bg-sunken data-active:bg-brand-wash data-active:text-brand"
      >
        {isNaming ? (
          <NameField title={conversation.title ?? ''} named={(next, isByKey) => void named(next, isByKey)} />
        ) : (
          <>
            <Link
              href={`/chat/${conversation.id}`}
              aria-current={isActive ? 'page' : undefined}
              dir="auto"
              title={title}
              onClick={chosen}
              className="min-w-0 flex-1 truncate py-2 ps-2.5 text-sm group-data-active:font-medium"
            >
              {title}
            </Link>
            <span className={ON_DEMAND}>
              <button
                ref={pencil}
                type="button"
                aria-label={`Rename ${title}`}
                className={BUTTON}
                onClick={() => setNaming(true)}
              >
                <Pencil aria-hidden className="size-3.5" />
              </button>
              <button type="button" aria-label={`Delete ${title}`} className={BUTTON} onClick={remove}>
                <Trash2 aria-hidden className="size-3.5" />
              </button>
            </span>
          </>
        )}
      </div>
      {problem && (
        <p role="alert" className="px-2.5 pb-1 text-xs leading-relaxed text-bad">
          It keeps its old name. {problem.title}.
        </p>
      )}
    </li>
  )
}

interface NameFieldProps {
  title: string
  /** Once. `next`: null to leave it as it was. `isByKey`: Enter or Escape, and not by going elsewhere. */
  named: (next: string | null, isByKey: boolean) => void
}

function NameField({ title, named }: NameFieldProps) {
  const [text, setText] = useState(title)
  const isOver = useRef(false)
  const end = (next: string | null, isByKey: boolean) => {
    // A field that goes with the focus in it is left once more.
    if (isOver.current) return
    isOver.current = true
    named(next, isByKey)
  }
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [])
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    end(text, true)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return
    // Not the drawer around it.
    event.preventDefault()
    event.stopPropagation()
    end(null, true)
  }
  return (
    <form onSubmit={onSubmit} className="min-w-0 flex-1">
      <input
        ref={field}
        aria-label="Name of the conversation"
        dir="auto"
        maxLength={TITLE_MAX_CHARACTERS}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => end(text, false)}
        className="w-full rounded-lg bg-surface px-2.5 py-2 text-sm text-ink -outline-offset-2"
      />
    </form>
  )
}
