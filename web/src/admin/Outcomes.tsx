/** What came of each door, day by day: a picture, and the same as a table for who cannot or would not look at it. */
import { AsTable } from '../charts/AsTable.tsx'
import { shortDay } from '../charts/days.ts'
import { amount, counted } from '../ui/amount.ts'
import { CARD } from '../ui/classes.ts'
import { useNow } from '../ui/useNow.ts'
import { type Bar, barsOf, barWords, CHART_DAYS } from './chart.ts'
import { type DayCount, type Report, SOURCES, type Source } from './report.ts'
import { DOORS, KINDS, type Kind } from './words.ts'

/** Often enough to begin a new day. */
const TICK_MS = 60_000

const KIND_NAMES: Kind[] = ['changed', 'deleted', 'nothing', 'unusable']

export function Outcomes({ report }: { report: Report | null }) {
  const now = useNow(TICK_MS)
  const outcomes = report?.outcomes ?? []
  const doors = SOURCES.map((source) => ({ source, bars: barsOf(outcomes, source, now) }))
  const first = doors[0]?.bars[0]
  const isCut = doors.some(({ bars }) => totalOf(bars) >= (report?.countLimit ?? Number.POSITIVE_INFINITY))
  return (
    <section aria-labelledby="outcomes" className={`${CARD} p-5 sm:p-6`}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-2">
        <h2 id="outcomes" className="text-sm font-medium text-soft">
          What came through each door in the last {CHART_DAYS} days
        </h2>
        <Legend />
      </div>
      <div className="mt-4 divide-y divide-line">
        {doors.map(({ source, bars }) => (
          <Door key={source} source={source} bars={bars} isLoading={!report} />
        ))}
      </div>
      <div className="mt-2 flex justify-between text-xs text-soft sm:ml-40">
        <span>{first && shortDay(first.day)}</span>
        <span>today, UTC</span>
      </div>
      {isCut && (
        <p className="mt-3 text-sm text-soft">
          Of each door the newest {amount(report?.countLimit ?? 0)} are counted.
        </p>
      )}
      <AsTable
        caption="Outcomes by day and door"
        columns={{ words: ['Day', 'Door', 'Outcome'], numbers: ['How many'] }}
        rows={rowsOf(outcomes)}
      />
    </section>
  )
}

function Legend() {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-soft">
      {KIND_NAMES.map((kind) => (
        <li key={kind} className="flex items-center gap-1.5">
          <span aria-hidden className={`size-2.5 rounded-[3px] ${KINDS[kind].swatch}`} />
          {KINDS[kind].label}
        </li>
      ))}
    </ul>
  )
}

function Door({ source, bars, isLoading }: { source: Source; bars: Bar[]; isLoading: boolean }) {
  const total = totalOf(bars)
  const { name, what } = DOORS[source]
  return (
    <div className="grid gap-x-6 gap-y-2 py-3 sm:grid-cols-[8.5rem_1fr] sm:items-end">
      <p className="text-sm max-sm:flex max-sm:flex-wrap max-sm:items-baseline max-sm:gap-x-2">
        <span className="font-medium">{name}</span>
        <span className="text-soft tabular-nums sm:block">
          {isLoading ? 'counting' : total === 0 ? 'nothing' : amount(total)}
        </span>
        <span className="text-xs text-soft sm:block">{what}</span>
      </p>
      <svg
        viewBox={`0 0 ${CHART_DAYS} 1`}
        preserveAspectRatio="none"
        className="h-16 w-full overflow-visible border-b border-edge/60"
        role="img"
        aria-label={`${name}: ${counted(total, 'outcome')} in ${CHART_DAYS} days. The table below has them day by day.`}
      >
        {bars.map((bar, index) => (
          <g key={bar.day}>
            <title>{`${shortDay(bar.day)}: ${barWords(bar) || 'nothing'}`}</title>
            <rect x={index} y="0" width="1" height="1" fill="transparent" />
            {bar.segments.map(({ kind, from, height }) => (
              <rect
                key={kind}
                x={index + 0.14}
                y={1 - from - height}
                width="0.72"
                height={height}
                className={KINDS[kind].fill}
              />
            ))}
          </g>
        ))}
      </svg>
    </div>
  )
}

/** Days on which nothing happened are left out: a reader who listens need not hear them. */
const rowsOf = (outcomes: DayCount[]) =>
  [...outcomes]
    .sort((a, b) => b.day.localeCompare(a.day) || a.source.localeCompare(b.source))
    .map(({ day, source, outcome, count }) => ({
      key: `${day} ${source} ${outcome}`,
      words: [day, DOORS[source].name, outcome],
      numbers: [amount(count)],
    }))

const totalOf = (bars: Bar[]) => bars.reduce((sum, { total }) => sum + total, 0)
