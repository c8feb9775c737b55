/** Tier and today's messages: what Neon alone knows. Every state has the same height. */
import type { ReactNode } from 'react'
import { BUTTONS, CARD } from '../ui/classes.ts'
import { ReadAgain } from '../ui/ReadAgain.tsx'
import { RelativeTime } from '../ui/RelativeTime.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { tierName } from '../users/tiers.ts'
import type { Quota } from '../users/user.ts'
import type { AccountReading } from './useAccount.ts'

interface Props {
  account: AccountReading
  /** Nothing is read before the first sync has succeeded. */
  waiting: 'for-sync' | 'no'
  readAgain: () => unknown
}

export function PlanCard({ account, waiting, readAgain }: Props) {
  return (
    <section
      tabIndex={-1}
      aria-labelledby="plan"
      className={`${CARD} outline-none flex min-h-60 flex-col p-5 sm:p-6`}
    >
      <h2 id="plan" className="text-sm font-medium text-soft">
        Plan
      </h2>
      {waiting === 'for-sync' && account.status !== 'loaded' ? (
        <p className="mt-3 leading-relaxed text-soft">Your plan appears here as soon as Neon is in step.</p>
      ) : (
        <Body account={account} readAgain={readAgain} />
      )}
    </section>
  )
}

function Body({ account, readAgain }: { account: AccountReading; readAgain: () => unknown }) {
  switch (account.status) {
    case 'loading':
      return (
        <Figures
          tier={<Skeleton className="w-20" />}
          left={<Skeleton className="w-10" />}
          of={<Skeleton className="w-32" />}
          share={1}
          reset={<Skeleton className="w-40" />}
        />
      )
    case 'loaded':
      return <Loaded tier={account.value.user.tier} quota={account.value.quota} />
    case 'failed':
      return (
        <div className="mt-3 flex flex-1 flex-col items-start justify-between gap-4">
          <p className="leading-relaxed">
            Your plan could not be read.{' '}
            <span className="text-soft">
              {account.problem.title}
              {account.problem.requestId && ` (request ${account.problem.requestId})`}.
            </span>
          </p>
          <ReadAgain className={BUTTONS.quiet} readNow={readAgain} />
        </div>
      )
  }
}

function Loaded({ tier, quota }: { tier: string; quota: Quota | null }) {
  if (!quota) return <p className="mt-2 font-display text-3xl">{tierName(tier)}</p>
  return (
    <Figures
      tier={tierName(tier)}
      left={quota.remaining}
      of={`of ${quota.limit} messages left today`}
      share={quota.limit > 0 ? Math.min(1, quota.used / quota.limit) : 1}
      reset={
        <>
          A new day begins <RelativeTime time={Date.parse(quota.resetAt)} />
        </>
      }
    />
  )
}

interface FiguresProps {
  tier: ReactNode
  left: ReactNode
  of: ReactNode
  /** How much of the day's messages is used, 0 to 1; the words beside it say the same. */
  share: number
  reset: ReactNode
}

function Figures({ tier, left, of, share, reset }: FiguresProps) {
  return (
    <>
      <p className="mt-2 font-display text-3xl leading-tight">{tier}</p>
      <p className="mt-auto flex items-baseline gap-2 pt-5 text-soft">
        <span className="text-2xl font-semibold text-ink tabular-nums">{left}</span>
        <span className="text-sm">{of}</span>
      </p>
      <div aria-hidden className="bar mt-2.5 h-1.5 overflow-hidden rounded-full bg-sunken">
        <div className="h-full rounded-full bg-brand" style={{ width: `${100 - share * 100}%` }} />
      </div>
      <p className="mt-2.5 text-sm text-soft">{reset}</p>
    </>
  )
}
