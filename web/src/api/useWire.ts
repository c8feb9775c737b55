/** Requests on behalf of whoever is signed in. */
import { useClerk, useSession } from '@clerk/react'
import { useMemo } from 'react'
import { pageClock } from '../ui/pageClock.ts'
import { api } from './origin.ts'
import { Wire } from './wire.ts'

/** The same one for as long as the session is. */
export function useWire(): Wire {
  const { session } = useSession()
  const clerk = useClerk()
  const sessionId = session?.id
  // biome-ignore lint/correctness/useExhaustiveDependencies: the session object is renewed with every token; its id is what matters
  return useMemo(
    () =>
      new Wire({
        api,
        getToken: async (options) => (await session?.getToken(options)) ?? null,
        after: pageClock.after,
        deleted: () => {
          if (sessionId) clerk.signOut({ sessionId, redirectUrl: '/' }).catch(() => {})
        },
      }),
    [sessionId],
  )
}
