/** In the composer's place when the day's messages are used up: when it goes on, and what there is meanwhile. */
import { Hourglass } from 'lucide-react'
import type { Ref } from 'react'
import { CARD } from '../ui/classes.ts'
import { RelativeTime } from '../ui/RelativeTime.tsx'
import { clockTime } from '../ui/time.ts'
import { Waves } from '../ui/Waves.tsx'
import { parseTier, TIERS, tierName } from '../users/tiers.ts'
import type { Quota } from '../users/user.ts'

interface Props {
  quota: Quota
  tier: string | null
  hasDraft: boolean
  heading: Ref<HTMLHeadingElement>
}

export function QuotaWall({ quota, tier, hasDraft, heading }: Props) {
  return (
    <section aria-labelledby="wall" className={`${CARD} relative overflow-hidden px-5 py-4 sm:px-6`}>
      <Waves
        tuning="apart"
        className="absolute right-0 bottom-2 h-16 w-2/5 mask-l-from-30% opacity-60 max-sm:hidden"
      />
      <div className="relative flex gap-3">
        <Hourglass aria-hidden className="mt-1 size-5 shrink-0 text-warn" strokeWidth={1.75} />
        <div className="min-w-0">
          <h2
            id="wall"
            ref={heading}
            tabIndex={-1}
            className="font-display text-xl leading-snug outline-none sm:text-2xl"
          >
            That was today’s last message
          </h2>
          <p className="mt-1 max-w-prose leading-relaxed text-soft">
            You can go on at{' '}
            <strong className="font-semibold whitespace-nowrap text-ink">{clockTime(quota.resetAt)}</strong>,{' '}
            <RelativeTime time={Date.parse(quota.resetAt)} />. {planWords(quota.limit, tier)}
          </p>
          <p className="mt-1.5 text-sm text-soft">
            {hasDraft && 'What you have written is kept. '}This opens by itself.
          </p>
        </div>
      </div>
    </section>
  )
}

function planWords(limit: number, tier: string | null): string {
  if (tier === null) return `Your plan has ${limit.toLocaleString('en')} messages a day.`
  const known = parseTier(tier)
  const above = known ? TIERS.slice(TIERS.indexOf(known) + 1).map(tierName) : []
  const more = above.length > 0 ? ` ${above.join(' and ')} ${above.length > 1 ? 'have' : 'has'} more.` : ''
  return `${tierName(tier)} has ${limit.toLocaleString('en')} messages a day.${more}`
}
