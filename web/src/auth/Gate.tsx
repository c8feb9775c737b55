/** Decides by the viewer: signed in, signed out, not known yet, or never to be known because Clerk did not load. */
import { ClerkFailed, ClerkLoaded, ClerkLoading, type useUser } from '@clerk/react'
import { type ReactNode, useRef } from 'react'
import { Redirect } from 'wouter'
import { ClerkUnavailable } from '../shell/ClerkUnavailable.tsx'
import { PageSkeleton } from '../shell/PageSkeleton.tsx'
import { looksSignedIn } from '../users/looksSignedIn.ts'
import type { SyncState } from '../users/syncState.ts'
import { useUserSync } from '../users/useUserSync.ts'
import { signInUrl } from './wish.ts'

export interface SignedIn {
  user: NonNullable<ReturnType<typeof useUser>['user']>
  sync: SyncState
  syncNow: () => void
}

interface Props {
  signedIn: (viewer: SignedIn) => ReactNode
  /** Without it, the page is for users only. */
  signedOut?: (deleted: boolean) => ReactNode
}

export function Gate({ signedIn, signedOut }: Props) {
  const { isLoaded, user, sync, syncNow } = useUserSync()
  const wasSignedIn = useRef(false)
  if (!isLoaded)
    return <Undecided guess={signedOut && !looksSignedIn() ? signedOut(false) : <PageSkeleton />} />
  if (user) {
    wasSignedIn.current = true
    return signedIn({ user, sync, syncNow })
  }
  if (signedOut) return signedOut(sync.status === 'signed-out' && sync.deleted)
  // Who has just signed out wants the start, who came by a link wants to sign in and then go where it leads.
  return <Redirect to={wasSignedIn.current ? '/' : signInUrl()} replace />
}

function Undecided({ guess }: { guess: ReactNode }) {
  return (
    <>
      <ClerkFailed>
        <ClerkUnavailable />
      </ClerkFailed>
      <ClerkLoading>{guess}</ClerkLoading>
      <ClerkLoaded>
        <PageSkeleton />
      </ClerkLoaded>
    </>
  )
}
