/** Four charts over the same days, so that they can be held against one another. */
import { Chart, ChartSkeleton } from '../../charts/Chart.tsx'
import { averageAmount, shortAmount, sumOf } from '../../charts/days.ts'
import type { Series } from '../../charts/Legend.tsx'
import { CARD } from '../../ui/classes.ts'
import { Skeleton } from '../../ui/Skeleton.tsx'
import type { AnalyticsDay } from './analytics.ts'

const BRAND = 'var(--color-brand)'

interface Picture {
  id: string
  title: string
  series: Series[]
  /** The figure above the picture, and what it is. */
  told: (days: AnalyticsDay[]) => { figure: string; what: string }
}

const total = (value: (day: AnalyticsDay) => number) => (days: AnalyticsDay[]) => ({
  figure: shortAmount(sumOf(days, value)),
  what: `in ${days.length} days`,
})

const PICTURES: Picture[] = [
  {
    id: 'active',
    title: 'Active users',
    series: [{ key: 'active', label: 'Active', color: BRAND }],
    // Somebody who comes every day would be counted thirty times: of days that overlap the middle says more.
    told: (days) => ({
      figure: averageAmount(sumOf(days, ({ active }) => active) / Math.max(1, days.length)),
      what: 'on an average day',
    }),
  },
  {
    id: 'sign-ups',
    title: 'Sign-ups',
    series: [{ key: 'signUps', label: 'Sign-ups', color: BRAND }],
    told: total(({ signUps }) => signUps),
  },
  {
    id: 'messages',
    title: 'Messages',
    series: [{ key: 'messages', label: 'Messages', color: BRAND }],
    told: total(({ messages }) => messages),
  },
  {
    id: 'tokens',
    title: 'Tokens',
    series: [
      { key: 'completionTokens', label: 'Written by the assistant', color: BRAND },
      { key: 'promptTokens', label: 'Read by it', color: 'var(--color-edge)' },
    ],
    told: total(({ promptTokens, completionTokens }) => promptTokens + completionTokens),
  },
]

export function Days({ days }: { days: AnalyticsDay[] | null }) {
  const rows = days?.map((day) => ({ ...day })) ?? []
  return (
    <div className="grid gap-5 sm:gap-6 lg:grid-cols-2">
      {PICTURES.map(({ id, title, series, told }) => {
        const { figure, what } = told(days ?? [])
        return (
          <section key={id} aria-labelledby={id} className={`${CARD} p-5 sm:p-6`}>
            <h2 id={id} className="text-sm font-medium text-soft">
              {title}
            </h2>
            <p className="mt-1 mb-4 flex items-baseline gap-2">
              <span className="font-display text-3xl leading-tight tabular-nums">
                {days ? figure : <Skeleton className="w-16" />}
              </span>
              <span className="text-sm text-soft">{days ? what : <Skeleton className="w-20" />}</span>
            </p>
            {days ? (
              <Chart
                label={`${title} by day: ${figure} ${what}. The table below has them day by day.`}
                days={rows}
                series={series}
              />
            ) : (
              <ChartSkeleton series={series} />
            )}
          </section>
        )
      })}
    </div>
  )
}
