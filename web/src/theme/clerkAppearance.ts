/** Clerk's components in the page's own tokens: they are CSS variables, so both themes come for free. */
import type { ClerkProvider } from '@clerk/react'
import type { ComponentProps } from 'react'

type Appearance = NonNullable<ComponentProps<typeof ClerkProvider>['appearance']>

/** Flat and outlined, like the page's own cards. */
const card = { boxShadow: 'none', border: '1px solid var(--color-line)' }

/** Clerk draws its fields' outlines at a tenth of the colour, which nobody with weak eyes can see. */
const field = { border: '1px solid var(--color-edge)' }

export const clerkAppearance: Appearance = {
  // A name is worth a field at sign-up, where the instance asks for one at all.
  options: { showOptionalFields: true },
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
    colorRing: 'var(--color-brand)',
    colorDanger: 'var(--color-bad)',
    colorSuccess: 'var(--color-good)',
    colorWarning: 'var(--color-warn)',
    fontFamily: 'var(--font-sans)',
    borderRadius: '0.625rem',
  },
  elements: {
    cardBox: card,
    userButtonPopoverCard: { border: '1px solid var(--color-line)' },
    // The menu's entries reach from edge to edge: a ring outside of them would be cut off.
    userButtonPopoverActionButton: { '&:focus-visible': { outlineOffset: '-2px' } },
    headerTitle: { fontFamily: 'var(--font-display)', fontWeight: 400, fontSize: '1.5rem', lineHeight: 1.25 },
    navbar: { background: 'var(--color-sunken)' },
    footer: { background: 'var(--color-sunken)' },
    formButtonPrimary: { height: '2.5rem', boxShadow: 'none', '&::after': { display: 'none' } },
    formFieldInput: field,
    otpCodeFieldInput: field,
    badge: { color: 'var(--color-soft)' },
  },
}
