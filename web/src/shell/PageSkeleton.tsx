/** Stands in for a page whose code or viewer is not known yet; fills the window, so that the footer does not come and go. */
import { useLocation } from 'wouter'
import { Skeleton } from '../ui/Skeleton.tsx'
import { ChatSkeleton } from './ChatSkeleton.tsx'

export function PageSkeleton() {
  const [path] = useLocation()
  if (path === '/chat' || path.startsWith('/chat/')) return <ChatSkeleton isNew={path === '/chat'} />
  return (
    <div className="min-h-dvh py-10" aria-busy="true">
      <span className="sr-only">Loading</span>
      <p className="text-3xl">
        <Skeleton className="w-48" />
      </p>
    </div>
  )
}
