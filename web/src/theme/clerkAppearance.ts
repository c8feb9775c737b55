/** Clerk's components in the page's own tokens: they are CSS variables, so both themes come for free. */
import type { ClerkProvider } from '@clerk/react'
import type { ComponentProps } from 'react'

type Appearance = NonNullable<ComponentProps<typeof ClerkProvider>['appearance']>

export const clerkAppearance: Appearance = {
  variables: {
    colorPrimary: 'var(--color-brand)',
    colorPrimaryForeground: 'var(--color-on-brand)',
    colorBackground: 'var(--color-surface)',
    colorForeground: 'var(--color-ink)',
    colorMuted: 'var(--color-sunken)',
    colorMutedForeground: 'var(--color-soft)',
    colorNeutral: 'var(--color-ink)',
    colorInput: 'var(--color-surface)',
    colorInputForeground: 'var(--color-ink)',
    colorBorder: 'var(--color-edge)',
    colorRing: 'var(--color-brand)',
    colorDanger: 'var(--color-bad)',
    colorSuccess: 'var(--color-good)',
    colorWarning: 'var(--color-warn)',
    fontFamily: 'var(--font-sans)',
    borderRadius: '0.625rem',
  },
}
