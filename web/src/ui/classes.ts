/** The looks that several elements share. */

const BUTTON =
  'inline-flex items-center justify-center gap-2 rounded-[10px] py-1 text-center font-medium whitespace-nowrap transition-colors aria-disabled:cursor-default aria-disabled:opacity-60 max-[22.5rem]:whitespace-normal'

export const BUTTONS = {
  primary: `${BUTTON} min-h-10 bg-brand px-4 text-sm text-on-brand hover:bg-brand-strong`,
  quiet: `${BUTTON} min-h-10 border border-edge/60 bg-surface px-4 text-sm text-ink hover:border-edge hover:bg-sunken`,
  /** Beside one entry of many. */
  small: `${BUTTON} min-h-8 gap-1.5 border border-edge/60 bg-surface px-3 text-xs text-ink hover:border-edge hover:bg-sunken`,
  /** For what cannot be undone. */
  danger: `${BUTTON} min-h-10 bg-bad px-4 text-sm text-paper hover:opacity-90`,
  /** For the one thing that a landing page asks for. */
  large: `${BUTTON} min-h-12 bg-brand px-6 text-base text-on-brand hover:bg-brand-strong`,
  largeQuiet: `${BUTTON} min-h-12 px-4 text-base text-ink hover:bg-sunken`,
} as const

export const CARD = 'rounded-2xl border border-line bg-surface'

export const LINK = 'text-brand underline decoration-brand/40 underline-offset-4 hover:decoration-brand'
