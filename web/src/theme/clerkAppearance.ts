/** Clerk's components in the page's own tokens: they are CSS variables, so both themes come for free. */
import type { ClerkProvider } from '@clerk/react'
import type { ComponentProps } from 'react'

type Appearance = NonNullable<ComponentProps<typeof ClerkProvider>['appearance']>

/** Flat and outlined, like the page's own cards. */
const card = { boxShadow: 'none', border: '1px solid var(--color-line)' }

/**
 * Clerk draws its fields' edges as shadows at a tenth of the colour, which nobody with weak eyes can see, and which forced
 * colours take away. Each state of Clerk's has to be named: theirs would be more specific.
 */
const edge = (calm: string, hovered: string, focused: string) => ({
  border: `1px solid var(${calm})`,
  boxShadow: 'none',
  outline: 'none',
  '&:hover': { borderColor: `var(${hovered})`, boxShadow: 'none' },
  '&:focus-within,&[data-focus-within="true"]': {
    borderColor: `var(${focused})`,
    boxShadow: 'none',
    outline: `2px solid var(${focused})`,
    outlineOffset: '-1px',
  },
})

const field = {
  ...edge('--color-edge', '--color-soft', '--color-brand'),
  '&[data-feedback="error"]': edge('--color-bad', '--color-bad', '--color-bad'),
  '&[data-feedback="warning"]': edge('--color-warn', '--color-warn', '--color-warn'),
  '&[data-feedback="success"]': edge('--color-good', '--color-good', '--color-good'),
}

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
    // A code's single digits are inputs, too.
    input: { '&[data-variant="default"]': field },
    formInputGroup: field,
    phoneInputBox: field,
    badge: { color: 'var(--color-soft)' },
  },
}
