/** Asks Clerk for the user anew when somebody comes back to the page: meanwhile an admin may have changed or deleted them. */
import { useUser } from '@clerk/react'
import { useEffect, useRef } from 'react'

/** Who flips through tabs asks no oftener than this. */
const SPACING_MS = 5_000

/** For one component of the page. What comes back reaches everybody through `useUser()`, and the sync with it. */
export function useFreshUser() {
  const { user } = useUser()
  const current = useRef(user)
  useEffect(() => {
    current.current = user
  }, [user])

  useEffect(() => {
    let askedAt = Number.NEGATIVE_INFINITY
    const whenSeen = () => {
      if (document.visibilityState !== 'visible' || performance.now() - askedAt < SPACING_MS) return
      askedAt = performance.now()
      // Without a network the page stays as it is; of a session that has ended Clerk tells by itself.
      current.current?.reload().catch(() => {})
    }
    document.addEventListener('visibilitychange', whenSeen)
    return () => document.removeEventListener('visibilitychange', whenSeen)
  }, [])
}
