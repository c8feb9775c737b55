/** The frame of a page inside the shell: what is shown until its code has come, when it does not come, and when it breaks. */
import { type ReactNode, Suspense, useEffect } from 'react'
import { useLocation } from 'wouter'
import { Boundary } from '../ui/Boundary.tsx'
import { BUTTONS } from '../ui/classes.ts'
import { NotLoaded, type WhyNotLoaded } from '../ui/lazily.ts'
import { Broken } from './Broken.tsx'
import { Message } from './Message.tsx'
import { PageSkeleton } from './PageSkeleton.tsx'

export function PageBoundary({ children }: { children: ReactNode }) {
  const [path] = useLocation()
  return (
    <Boundary
      place={path}
      fallback={(error, again) =>
        error instanceof NotLoaded ? <Missing why={error.why} again={again} /> : <Broken />
      }
    >
      <Suspense fallback={<PageSkeleton />}>{children}</Suspense>
    </Boundary>
  )
}

const WORDS: Record<WhyNotLoaded, { title: string; text: string }> = {
  unreachable: {
    title: 'This page is not here yet',
    text: 'It is fetched when it is first opened, and SwarAI cannot be reached just now. It comes by itself when you are back online.',
  },
  renewed: {
    title: 'There is a new version of SwarAI',
    text: 'It has replaced the one that you have open. Reload to go on with the new one.',
  },
  broken: {
    title: 'This page did not arrive',
    text: 'The network broke off while it was being fetched. Reload to fetch it again.',
  },
}

function Missing({ why, again }: { why: WhyNotLoaded; again: () => void }) {
  const canRetry = why === 'unreachable'
  useEffect(() => {
    if (!canRetry) return
    addEventListener('online', again)
    return () => removeEventListener('online', again)
  }, [canRetry, again])
  const { title, text } = WORDS[why]
  return (
    <div role="alert">
      <Message
        title={title}
        action={
          <button
            type="button"
            className={BUTTONS.primary}
            onClick={canRetry ? again : () => location.reload()}
          >
            {canRetry ? 'Try again' : 'Reload'}
          </button>
        }
      >
        <p>{text}</p>
        {!canRetry && <p>A reply that is being written stops there; what there is of it is kept.</p>}
      </Message>
    </div>
  )
}
