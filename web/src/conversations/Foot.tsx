/** Below a thread: the composer, or the wall when the day's messages are used up. */
import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react'
import { useStore } from '../ui/useStore.ts'
import { Composer } from './Composer.tsx'
import type { Chat } from './chat.ts'
import { QuotaMeter } from './QuotaMeter.tsx'
import { QuotaWall } from './QuotaWall.tsx'
import type { Thread } from './thread.ts'

interface Props {
  chat: Chat
  thread: Thread
  isBusy: boolean
  input: RefObject<HTMLTextAreaElement | null>
  sent: () => void
}

export function Foot({ chat, thread, isBusy, input, sent }: Props) {
  const quota = useStore(chat.quotaWatch)
  const draft = useSyncExternalStore(thread.draft.subscribe, () => thread.draft.state)
  const heading = useRef<HTMLHeadingElement>(null)
  // The last reply may be read, and stopped, to its end.
  const isWalled = quota.status === 'known' && quota.quota.remaining <= 0 && !isBusy

  // The one takes the other's place; a focus that went with it is not left to nobody.
  const before = useRef(isWalled)
  useEffect(() => {
    if (before.current === isWalled) return
    before.current = isWalled
    if (document.activeElement === document.body) (isWalled ? heading : input).current?.focus()
  }, [isWalled, input])

  // So it is with Stop and Try again. A phone's keyboard would cover what one waits for.
  const wasBusy = useRef(isBusy)
  useEffect(() => {
    if (wasBusy.current === isBusy) return
    wasBusy.current = isBusy
    if (document.activeElement === document.body && matchMedia('(pointer: fine)').matches)
      input.current?.focus()
  }, [isBusy, input])
  return (
    <div className="mx-auto w-full max-w-3xl pt-1 pb-3 print:hidden sm:px-4 sm:pb-5">
      {isWalled ? (
        <QuotaWall quota={quota.quota} tier={quota.tier} hasDraft={draft.trim() !== ''} heading={heading} />
      ) : (
        <>
          <Composer
            thread={thread}
            isBusy={isBusy}
            input={input}
            sent={() => {
              input.current?.focus()
              sent()
            }}
          />
          <div className="mt-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4">
            <QuotaMeter state={quota} />
            <p className="text-xs text-soft max-sm:hidden">Models err. Check what matters.</p>
          </div>
        </>
      )}
    </div>
  )
}
