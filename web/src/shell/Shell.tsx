/** What every page stands in: the way past the header, the header, news of the network, the page, the footer. */
import type { ReactNode } from 'react'
import { looksSignedIn } from '../auth/looksSignedIn.ts'
import { SyncAnnouncer } from '../users/SyncAnnouncer.tsx'
import { useFreshUser } from '../users/useFreshUser.ts'
import { useUserSync } from '../users/useUserSync.ts'
import { Header } from './Header.tsx'
import { OfflineBanner } from './OfflineBanner.tsx'

export function Shell({ children }: { children: ReactNode }) {
  const { isLoaded, isSignedIn, isAdmin, sync } = useUserSync()
  useFreshUser()
  return (
    <div className="flex min-h-dvh flex-col overflow-x-clip">
      <a
        href="#main"
        className="sr-only z-10 rounded-lg bg-brand px-4 py-2 text-on-brand focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        Skip to the page
      </a>
      <OfflineBanner />
      <Header
        viewer={
          isLoaded ? (isSignedIn ? 'signed-in' : 'signed-out') : looksSignedIn() ? 'awaited' : 'signed-out'
        }
        isAdmin={isAdmin}
      />
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-6xl flex-1 px-4 outline-none sm:px-6">
        {children}
      </main>
      <footer className="mx-auto w-full max-w-6xl px-4 py-8 text-sm text-soft sm:px-6">
        SwarAI. <span lang="hi-Latn">Swar</span> is Hindi for a note, and for a voice.
      </footer>
      <SyncAnnouncer sync={sync} />
    </div>
  )
}
