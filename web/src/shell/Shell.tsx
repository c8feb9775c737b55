/** What every page stands in: the way past the header, the header, news of the network, the page, the footer. */
import { type ReactNode, useRef } from 'react'
import { useLocation } from 'wouter'
import { looksSignedIn } from '../users/looksSignedIn.ts'
import { SyncAnnouncer } from '../users/SyncAnnouncer.tsx'
import { useFarewell } from '../users/useFarewell.ts'
import { useFreshUser } from '../users/useFreshUser.ts'
import { useUserSync } from '../users/useUserSync.ts'
import { Header } from './Header.tsx'
import { OfflineBanner } from './OfflineBanner.tsx'
import './print.css'
import { useArrival } from './useArrival.ts'

export function Shell({ children }: { children: ReactNode }) {
  const { isLoaded, isSignedIn, isAdmin, sync } = useUserSync()
  useFreshUser()
  useFarewell()
  const main = useRef<HTMLElement>(null)
  const arrival = useArrival(main)
  const [path] = useLocation()
  // A page that fills the window and scrolls within; the others are as long as they are.
  const fills = path === '/chat' || path.startsWith('/chat/')
  return (
    <div
      className={`flex flex-col ${fills ? 'h-dvh overflow-hidden print:block print:h-auto print:overflow-visible' : 'min-h-dvh overflow-x-clip'}`}
    >
      <a
        href="#main"
        className="sr-only z-10 rounded-lg bg-brand px-4 py-2 text-on-brand focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        Skip to the page
      </a>
      <div className="print:hidden">
        <OfflineBanner />
        <Header
          viewer={
            isLoaded ? (isSignedIn ? 'signed-in' : 'signed-out') : looksSignedIn() ? 'awaited' : 'signed-out'
          }
          isAdmin={isAdmin}
        />
      </div>
      <main
        ref={main}
        id="main"
        tabIndex={-1}
        className={`mx-auto w-full max-w-6xl flex-1 px-4 outline-none sm:px-6 ${fills ? 'min-h-0 overflow-y-auto print:overflow-visible' : ''}`}
      >
        {children}
      </main>
      {!fills && <Footer />}
      <SyncAnnouncer sync={sync} />
      <div aria-live="polite" className="sr-only">
        {arrival}
      </div>
    </div>
  )
}

function Footer() {
  return (
    <footer className="mx-auto w-full max-w-6xl px-4 py-8 text-sm text-soft sm:px-6">
      SwarAI. <span lang="hi-Latn">Swar</span> is Hindi for a note, and for a voice.
    </footer>
  )
}
