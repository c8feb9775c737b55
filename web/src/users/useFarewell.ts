/** When somebody signs out, what this device keeps of theirs goes too. */
import { useUser } from '@clerk/react'
import { useEffect, useRef } from 'react'
import { forgetDrafts } from '../conversations/drafts.ts'

const listeners = new Set<(userId: string) => void>()

/** For whatever holds something of a user beyond a component's life. */
export function whenSignedOut(listener: (userId: string) => void): void {
  listeners.add(listener)
}

/** For one component of the page. */
export function useFarewell() {
  const { user } = useUser()
  const before = useRef<string | null>(null)
  const userId = user === undefined ? undefined : (user?.id ?? null)
  useEffect(() => {
    // Clerk is still finding out, or is switching sessions.
    if (userId === undefined) return
    const leaving = before.current
    before.current = userId
    if (leaving === null || leaving === userId) return
    for (const listener of listeners) listener(leaving)
    forgetDrafts(localStorage, { of: leaving })
  }, [userId])
}
