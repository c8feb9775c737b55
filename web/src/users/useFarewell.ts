/** When somebody signs out, whatever this page or this device keeps of theirs hears of it. */
import { useUser } from '@clerk/react'
import { useEffect, useRef } from 'react'

const listeners = new Set<(userId: string) => void>()

/** For whatever keeps something of a user beyond a component's life. */
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
  }, [userId])
}
