/** Clerk's own words where they would be untrue or would confuse here; all others stay Clerk's. */
import type { ClerkProvider } from '@clerk/react'
import type { ComponentProps } from 'react'

type Words = NonNullable<ComponentProps<typeof ClerkProvider>['localization']>

export const clerkWords: Words = {
  // Account is another page of ours.
  userButton: { action__manageAccount: 'Profile' },
  userProfile: {
    navbar: { title: 'About you' },
    // Clerk's say that some data may be retained and that support has to be asked.
    deletePage: {
      messageLine1:
        'Your account is deleted, and with it all that SwarAI keeps of you, your conversations included.',
    },
  },
}
