/** A chart of days. What draws it comes when the first one is shown; until then, and without it, the room is kept. */
import { type ComponentType, lazy, Suspense } from 'react'
import type { DayChartProps } from './DayChart.tsx'
import { Legend, type Series } from './Legend.tsx'

/** A part of the page that does not arrive, because of the network or a new version, takes nothing else with it. */
const DayChart = lazy<ComponentType<DayChartProps>>(() =>
  import('./DayChart.tsx').catch(() => ({ default: NoChart })),
)

export function Chart(props: DayChartProps) {
  return (
    <>
      <div className="h-44">
        <Suspense fallback={<Waiting />}>
          <DayChart {...props} />
        </Suspense>
      </div>
      <Legend series={props.series} />
    </>
  )
}

/** Where the days themselves are not there yet. */
export function ChartSkeleton({ series }: { series: Series[] }) {
  return (
    <>
      <div className="h-44">
        <Waiting />
      </div>
      <Legend series={series} />
    </>
  )
}

const Waiting = () => <div className="h-full rounded-lg bg-sunken/60 motion-safe:animate-breathe" />

function NoChart() {
  return (
    <p className="grid h-full place-items-center rounded-lg bg-sunken/60 px-6 text-center text-sm text-soft">
      The picture could not be loaded. The table below says the same.
    </p>
  )
}
