/** Who uses SwarAI, and how much: for those who run it. */
import { useState } from 'react'
import type { Reading } from '../../api/reader.ts'
import { AsTable } from '../../charts/AsTable.tsx'
import { amount } from '../../ui/amount.ts'
import { CARD } from '../../ui/classes.ts'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { Unread } from '../Unread.tsx'
import type { Analytics, AnalyticsDay } from './analytics.ts'
import { Days } from './Days.tsx'
import { Figures } from './Figures.tsx'
import { STRETCHES, type Stretch, useAnalytics } from './useAnalytics.ts'

export default function AnalyticsPage() {
  useTitle('Analytics')
  const [stretch, setStretch] = useState<Stretch>(30)
  const { reading, readNow } = useAnalytics(stretch)
  if (reading.status === 'failed')
    return (
      <Unread
        title="The figures could not be read"
        problem={reading.problem}
        advice="This page goes on trying by itself."
        readNow={readNow}
      />
    )
  const analytics = reading.status === 'loaded' ? reading.value : null
  const isOld = analytics !== null && analytics.days.length !== stretch
  return (
    <div className="space-y-5 sm:space-y-6" aria-busy={!analytics || isOld}>
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
        <h1 className="font-display text-4xl tracking-tight">Analytics</h1>
        <StretchSwitch chosen={stretch} choose={setStretch} />
      </div>
      <Figures analytics={analytics} />
      <div className={`transition-opacity ${isOld ? 'opacity-60' : ''}`}>
        <Days days={analytics?.days ?? null} />
      </div>
      <section aria-label="The same in words" className={`${CARD} p-5 sm:p-6`}>
        <p className="max-w-prose text-sm leading-relaxed text-soft">
          Days begin at midnight in the quota’s time zone; today’s are not over yet. Active is who has sent a
          message.
          {analytics?.isEstimate && ' Some figures are estimates: there is too much to count while you wait.'}
        </p>
        <ReadAt reading={reading} />
        {analytics && <Table days={analytics.days} />}
      </section>
    </div>
  )
}

function StretchSwitch({ chosen, choose }: { chosen: Stretch; choose: (stretch: Stretch) => void }) {
  return (
    <fieldset className="flex rounded-full border border-line bg-surface p-0.5 text-sm">
      <legend className="sr-only">How far back</legend>
      {STRETCHES.map((days) => (
        <label
          key={days}
          className="relative grid h-8 place-items-center rounded-full px-3.5 font-medium text-soft transition-colors hover:text-ink has-checked:bg-brand-wash has-checked:text-brand has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-brand"
        >
          <input
            type="radio"
            name="stretch"
            value={days}
            checked={chosen === days}
            onChange={() => choose(days)}
            className="absolute inset-0 appearance-none outline-none"
          />
          {days} days
        </label>
      ))}
    </fieldset>
  )
}

function ReadAt({ reading }: { reading: Reading<Analytics> }) {
  if (reading.status !== 'loaded') return null
  if (reading.problem)
    return (
      <p role="alert" className="mt-2 text-sm text-warn">
        This was read <RelativeTime time={reading.readAt} />. {reading.problem.title}; it is tried again by
        itself.
      </p>
    )
  return (
    <p className="mt-2 text-sm text-soft">
      Read <RelativeTime time={reading.readAt} />, and again by itself
    </p>
  )
}

const COLUMNS = {
  words: ['Day'],
  numbers: ['Sign-ups', 'Active', 'Messages', 'Tokens read', 'Tokens written'],
}

function Table({ days }: { days: AnalyticsDay[] }) {
  return (
    <AsTable
      caption="Sign-ups, active users, messages and tokens by day"
      columns={COLUMNS}
      rows={days.toReversed().map(({ day, signUps, active, messages, promptTokens, completionTokens }) => ({
        key: day,
        words: [day],
        numbers: [signUps, active, messages, promptTokens, completionTokens].map(amount),
      }))}
    />
  )
}
