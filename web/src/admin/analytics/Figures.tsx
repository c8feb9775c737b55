/** How many there are, how many of them come, and what they are on. */
import type { ReactNode } from 'react'
import { amount } from '../../ui/amount.ts'
import { CARD } from '../../ui/classes.ts'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { tierName } from '../../users/tiers.ts'
import type { Analytics } from './analytics.ts'

export function Figures({ analytics }: { analytics: Analytics | null }) {
  const about = analytics?.isEstimate ? (
    <span title="Too many to be counted while you wait">about </span>
  ) : null
  return (
    <div className="grid grid-cols-2 gap-5 sm:gap-6 lg:grid-cols-[1fr_1fr_1.5fr]">
      <Tile id="all-users" title="Users">
        <Figure>
          {analytics ? (
            <>
              {about}
              {amount(analytics.users)}
            </>
          ) : (
            <Skeleton className="w-28" />
          )}
        </Figure>
      </Tile>
      <Tile id="monthly" title="Active in the last 30 days">
        <Figure>
          {analytics ? (
            <>
              {about}
              {amount(analytics.monthlyActive)}
            </>
          ) : (
            <Skeleton className="w-24" />
          )}
        </Figure>
        {analytics && analytics.users > 0 && (
          <p className="mt-2 text-sm text-soft">
            {share(analytics.monthlyActive, analytics.users)} of all users
          </p>
        )}
      </Tile>
      <Tile id="tiers" title="Tiers">
        {analytics ? (
          <Tiers {...analytics} />
        ) : (
          <Figure>
            <Skeleton className="w-40" />
          </Figure>
        )}
      </Tile>
    </div>
  )
}

function Tile({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={id} className={`${CARD} min-h-36 p-5 sm:p-6 last:max-lg:col-span-2`}>
      <h2 id={id} className="text-sm font-medium text-soft">
        {title}
      </h2>
      {children}
    </section>
  )
}

const Figure = ({ children }: { children: ReactNode }) => (
  <p className="mt-2 font-display text-3xl leading-tight tabular-nums first-letter:uppercase">{children}</p>
)

/** From the palest to the strongest; the words beside each say the same. */
const LOOKS: Record<string, string> = { FREE: 'bg-edge', PRO: 'bg-brand', MAXX: 'bg-marigold' }

function Tiers({ tiers, users }: Analytics) {
  return (
    <>
      <div aria-hidden className="mt-4 flex h-2.5 gap-0.5 overflow-hidden rounded-full bg-sunken">
        {tiers.map(({ tier, users: held }) => (
          <span
            key={tier}
            className={`${LOOKS[tier] ?? 'bg-line'} ${held > 0 ? 'min-w-1' : ''}`}
            style={{ flexGrow: users > 0 ? held / users : 0 }}
          />
        ))}
      </div>
      <dl className="mt-3 grid grid-cols-3 gap-4 text-sm">
        {tiers.map(({ tier, users: held }) => (
          <div key={tier}>
            <dt className="flex items-center gap-1.5 text-soft">
              <span aria-hidden className={`size-2.5 rounded-[3px] ${LOOKS[tier] ?? 'bg-line'}`} />
              {tierName(tier)}
            </dt>
            <dd className="font-medium tabular-nums">
              {amount(held)}
              {users > 0 && <span className="block font-normal text-soft">{share(held, users)}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}

const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })
const share = (part: number, whole: number) => percent.format(Math.min(1, part / whole))
