/** Asks before something goes that cannot be brought back. */
import { useEffect, useRef, useState } from 'react'
import type { Problem } from '../api/problem.ts'
import { BUTTONS } from '../ui/classes.ts'
import { Dialog } from '../ui/Dialog.tsx'
import type { Chat } from './chat.ts'
import type { Conversation } from './conversation.ts'
import { titleOf } from './words.ts'

type Deletion = { status: 'asked' } | { status: 'running' } | { status: 'failed'; problem: Problem }

interface Props {
  chat: Chat
  conversation: Conversation
  close: (isGone: boolean) => void
}

export function DeleteDialog({ chat, conversation, close }: Props) {
  const [deletion, setDeletion] = useState<Deletion>({ status: 'asked' })
  const keep = useRef<HTMLButtonElement>(null)
  // The harmless answer is the one at hand.
  useEffect(() => keep.current?.focus(), [])

  const remove = async () => {
    if (deletion.status === 'running') return
    setDeletion({ status: 'running' })
    const problem = await chat.remove(conversation.id)
    if (problem) setDeletion({ status: 'failed', problem })
    else close(true)
  }
  return (
    <Dialog
      label="Delete this conversation?"
      describedBy="deletion-what"
      close={() => close(false)}
      className="m-auto w-[26rem] max-w-[calc(100vw-2rem)] rounded-2xl border border-line bg-surface text-ink"
    >
      <div className="p-6">
        <h2 className="font-display text-2xl">Delete this conversation?</h2>
        <p id="deletion-what" className="mt-2 leading-relaxed wrap-anywhere text-soft">
          <bdi className="font-medium text-ink">{titleOf(conversation.title)}</bdi> and all that was said in
          it will be gone, on every device. It cannot be brought back.
        </p>
        {deletion.status === 'failed' && (
          <p role="alert" className="mt-3 text-sm text-bad">
            It is still there. {deletion.problem.title}.
          </p>
        )}
        <div className="mt-6 flex flex-wrap justify-end gap-2.5">
          <button ref={keep} type="button" className={BUTTONS.quiet} onClick={() => close(false)}>
            Keep it
          </button>
          <button
            type="button"
            className={BUTTONS.danger}
            aria-disabled={deletion.status === 'running'}
            onClick={() => void remove()}
          >
            {deletion.status === 'running' ? 'Deleting' : 'Delete'}
          </button>
        </div>
      </div>
    </Dialog>
  )
}
