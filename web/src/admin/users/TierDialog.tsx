/** Asks once more before a tier is changed: whose, from what, to what. */
import { ArrowRight } from 'lucide-react'
import { BUTTONS } from '../../ui/classes.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { tierName } from '../../users/tiers.ts'
import { calledBy } from './listed.ts'
import type { TierChange } from './useTierChange.ts'

interface Props {
  change: Extract<TierChange, { status: 'asking' | 'sending' | 'failed' }>
  confirm: () => void
  /** While it is being sent it is only looked away from. */
  close: () => void
}

export function TierDialog({ change, confirm, close }: Props) {
  const { user, tier, status } = change
  const isSending = status === 'sending'
  const question = `Change ${calledBy(user)} to ${tierName(tier)}?`
  return (
    <Dialog
      label={question}
      describedBy="tier-change-what"
      close={close}
      className="m-auto w-[26rem] max-w-[calc(100vw-2rem)] rounded-2xl border border-line bg-surface text-ink"
    >
      <div className="p-6">
        <h2 className="font-display text-2xl leading-snug wrap-anywhere">{question}</h2>
        <div id="tier-change-what">
          {user.name && user.email && <p className="mt-1 text-soft wrap-anywhere">{user.email}</p>}
          <p className="mt-4 flex items-center gap-3 text-lg">
            <span className="text-soft">{tierName(user.tier)}</span>
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
            onClick={() => isSending || close()}
          >
            Keep {tierName(user.tier)}
          </button>
          <button type="button" className={BUTTONS.primary} aria-disabled={isSending} onClick={confirm}>
            {isSending ? 'Changing' : status === 'failed' ? 'Try again' : `Change to ${tierName(tier)}`}
          </button>
        </div>
      </div>
    </Dialog>
  )
}
