/** Clerk around everything, and which page answers which path. */
import { ClerkProvider } from '@clerk/react'
import { Redirect, Route, Switch } from 'wouter'
import { navigate } from 'wouter/use-browser-location'
import { Gate } from './auth/Gate.tsx'
import type { Config } from './config.ts'
import { forgetDrafts } from './conversations/drafts.ts'
import { Landing } from './landing/Landing.tsx'
import { NotFound } from './shell/NotFound.tsx'
import { PageBoundary } from './shell/PageBoundary.tsx'
import { Shell } from './shell/Shell.tsx'
import { clerkAppearance } from './theme/clerkAppearance.ts'
import { clerkWords } from './theme/clerkWords.ts'
import { lazily } from './ui/lazily.ts'
import { whenSignedOut } from './users/useFarewell.ts'

const AccountPage = lazily(() => import('./account/AccountPage.tsx'))
const ChatPage = lazily(() => import('./conversations/ChatPage.tsx'))
const AdminArea = lazily(() => import('./admin/AdminArea.tsx'))
const ProfilePage = lazily(() => import('./account/ProfilePage.tsx'))
const SignInPage = lazily(() => import('./auth/SignInPage.tsx'))
const SignUpPage = lazily(() => import('./auth/SignUpPage.tsx'))

// Here, and not in the chat: whoever has not opened it since the page was loaded may have drafts from before.
whenSignedOut((userId) => forgetDrafts(localStorage, { of: userId }))

// Where accounts are switched in place, the next person does not begin in a conversation of the one before.
whenSignedOut(() => {
  if (location.pathname.startsWith('/chat/')) navigate('/chat', { replace: true })
})

/** Signing in is one step of the history, which the page that it leads to takes over: Back is to what was before. */
const goOn = (to: string) => navigate(to, { replace: /^\/sign-(?:in|up)(?=\/|$)/.test(location.pathname) })

export function App({ config }: { config: Config }) {
  return (
    <ClerkProvider
      publishableKey={config.publishableKey}
      {...(config.proxyUrl && { proxyUrl: config.proxyUrl })}
      appearance={clerkAppearance}
      localization={clerkWords}
      telemetry={false}
      signInUrl="/sign-in"
      signUpUrl="/sign-up"
      signInFallbackRedirectUrl="/chat"
      signUpFallbackRedirectUrl="/chat"
      afterSignOutUrl="/"
      // Nothing but our own pages is a place to go on to from an address.
      allowedRedirectOrigins={[location.origin]}
      routerPush={goOn}
      routerReplace={(to) => navigate(to, { replace: true })}
    >
      <Shell>
        <PageBoundary>
          <Switch>
            <Route path="/">
              <Gate
                signedIn={() => <Redirect to="/chat" replace />}
                signedOut={(deleted) => <Landing deleted={deleted} />}
              />
            </Route>
            <Route path="/sign-in/*?" component={SignInPage} />
            <Route path="/sign-up/*?" component={SignUpPage} />
            <Route path="/chat/:id?">
              {/* Keyed: a switch of accounts begins with an empty page. */}
              <Gate signedIn={(signedIn) => <ChatPage key={signedIn.user.id} {...signedIn} />} />
            </Route>
            <Route path="/account">
              <Gate signedIn={(signedIn) => <AccountPage key={signedIn.user.id} {...signedIn} />} />
            </Route>
            <Route path="/account/profile/*?">
              <Gate signedIn={() => <ProfilePage />} />
            </Route>
            <Route path="/admin/*?">
              <Gate signedIn={({ user }) => <AdminArea key={user.id} />} />
            </Route>
            <Route component={NotFound} />
          </Switch>
        </PageBoundary>
      </Shell>
    </ClerkProvider>
  )
}
