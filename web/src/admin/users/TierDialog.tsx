/** Asks once more before a tier is changed: whose, from what, to what. A native dialog keeps the focus and knows Escape. */
import { ArrowRight } from 'lucide-react'
import { useLayoutEffect, useRef } from 'react'
import { BUTTONS } from '../../ui/classes.ts'
import { tierName } from '../../users/tiers.ts'
import { calledBy } from './person.ts'
import type { TierChange } from './useTierChange.ts'

type Open = Extract<TierChange, { status: 'asking' | 'sending' | 'failed' }>

interface Props {
  change: Open
  confirm: () => void
  cancel: () => void
}

export function TierDialog({ change, confirm, cancel }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const opened = dialog.current
    opened?.showModal()
    // Closed while it is still there, hence a layout effect: only then is the focus given back to where it came from.
    return () => opened?.close()
  }, [])
  const { person, tier, status } = change
  const isSending = status === 'sending'
  const who = calledBy(person)
  return (
    <dialog
      ref={dialog}
      aria-labelledby="tier-change"
      aria-describedby="tier-change-what"
      className="m-auto w-[26rem] max-w-[calc(100vw-2rem)] rounded-2xl border border-line bg-surface p-6 text-ink backdrop:bg-black/45"
      onCancel={(event) => {
        event.preventDefault()
        if (!isSending) cancel()
      }}
    >
      <h2 id="tier-change" className="font-display text-2xl leading-snug wrap-anywhere">
        Change {who} to {tierName(tier)}?
      </h2>
      <div id="tier-change-what">
        {person.name && person.email && <p className="mt-1 text-soft wrap-anywhere">{person.email}</p>}
        <p className="mt-4 flex items-center gap-3 text-lg">
          <span className="text-soft">{tierName(person.tier)}</span>
          <ArrowRight aria-hidden className="size-4 text-soft" />
          <span className="sr-only">becomes</span>
          <span className="font-semibold text-brand">{tierName(tier)}</span>
        </p>
        <p className="mt-2 text-sm leading-relaxed text-soft">
          It holds from their next message on. What they have sent today still counts.
        </p>
      </div>
      <p role="alert" className="mt-3 text-sm text-bad empty:hidden">
        {status === 'failed' && `It could not be changed: ${change.problem.title}.`}
      </p>
      <div className="mt-6 flex flex-wrap justify-end gap-3">
        <button
          type="button"
          className={BUTTONS.quiet}
          aria-disabled={isSending}
          onClick={() => isSending || cancel()}
        >
          Keep {tierName(person.tier)}
        </button>
        <button type="button" className={BUTTONS.primary} aria-disabled={isSending} onClick={confirm}>
          {isSending ? 'Changing' : status === 'failed' ? 'Try again' : `Change to ${tierName(tier)}`}
        </button>
      </div>
    </dialog>
  )
}
