/** `useUser()` and, beside it, where the sync of that user stands. */
import { useClerk, useSession, useUser } from '@clerk/react'
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { api } from '../api/origin.ts'
import { pageClock } from '../ui/pageClock.ts'
import { whenBack } from '../ui/whenBack.ts'
import type { Person } from './person.ts'
import { UserSync } from './userSync.ts'

type ClerkUser = NonNullable<ReturnType<typeof useUser>['user']>
type Clerk = ReturnType<typeof useClerk>
type ClerkSession = NonNullable<ReturnType<typeof useSession>['session']>

/** One for the page: the sync belongs to the user, not to a component. */
const userSync = new UserSync(api, { ...pageClock, log: (line) => console.info(line) })

whenBack(userSync.wake)

export function useUserSync() {
  const value = useUser()
  const { session } = useSession()
  const clerk = useClerk()
  const { user } = value
  const person = useMemo(() => whoIs(user, session, clerk), [user, session, clerk])
  useEffect(() => {
    if (person !== undefined) userSync.observe(person)
  }, [person])
  const sync = useSyncExternalStore(userSync.subscribe, () =>
    userSync.stateFor(person === null ? null : person?.id),
  )
  const isAdmin = useSyncExternalStore(userSync.subscribe, () => userSync.isAdmin(person?.id))
  return { ...value, sync, syncNow: userSync.syncNow, isAdmin }
}

/** Null: nobody is signed in. Undefined: Clerk is still finding out, or is switching sessions. */
function whoIs(user: ClerkUser | null | undefined, session: ClerkSession | null | undefined, clerk: Clerk) {
  if (user === null) return null
  return user && session ? toPerson(user, session, clerk) : undefined
}

function toPerson(user: ClerkUser, session: ClerkSession, clerk: Clerk): Person {
  return {
    id: user.id,
    // A session that was pending becomes active without the profile changing.
    version: `${user.updatedAt?.getTime()} ${session.status}`,
    profile: {
      email: user.primaryEmailAddress?.emailAddress ?? null,
      firstName: user.firstName,
      lastName: user.lastName,
      imageUrl: user.imageUrl,
      ...(user.updatedAt && { updatedAt: user.updatedAt.toISOString() }),
    },
    // Of this very session: after a switch of accounts, "the current session" would be somebody else's.
    getToken: (options) => session.getToken(options),
    heldToken: () => session.lastActiveToken?.getRawString() ?? null,
    signOut: () => clerk.signOut({ sessionId: session.id, redirectUrl: '/' }),
  }
}
