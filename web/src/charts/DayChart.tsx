/** Days as bars, one upon the other. With the keyboard: Tab reaches it, the arrows go from day to day. */
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { amount } from '../ui/amount.ts'
import { fullDay, shortAmount, shortDay } from './days.ts'
import { type Series, Swatch } from './Legend.tsx'

export interface DayChartProps {
  /** What it shows, in a sentence, for who listens to it. */
  label: string
  days: ({ day: string } & Record<string, number | string>)[]
  series: Series[]
}

const TICK = { fill: 'var(--color-soft)', fontSize: 12 }

export default function DayChart({ label, days, series }: DayChartProps) {
  const highest = series.at(-1)
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart
        data={days}
        margin={{ top: 6, right: 0, bottom: 0, left: 0 }}
        title={label}
        aria-label={label}
      >
        <CartesianGrid vertical={false} stroke="var(--color-line)" />
        <XAxis
          dataKey="day"
          tickFormatter={shortDay}
          tick={TICK}
          tickLine={false}
          axisLine={{ stroke: 'var(--color-edge)', strokeOpacity: 0.6 }}
          minTickGap={36}
          // Evenly, and today is always among them.
          interval="equidistantPreserveEnd"
        />
        <YAxis
          tickFormatter={shortAmount}
          tick={TICK}
          tickLine={false}
          axisLine={false}
          allowDecimals={false}
          width={40}
          tickCount={4}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: 'var(--color-line)', fillOpacity: 0.6, stroke: 'none' }}
          content={({ active, payload }) => {
            const shown = days.find(({ day }) => day === payload[0]?.payload?.day)
            return active && shown ? <Told day={shown} series={series} /> : null
          }}
        />
        {series.map(({ key, color }) => (
          <Bar
            key={key}
            dataKey={key}
            stackId="day"
            fill={color}
            radius={key === highest?.key ? [2, 2, 0, 0] : 0}
            maxBarSize={28}
            isAnimationActive={false}
          />
        ))}
      </BarChart>
    </ResponsiveContainer>
  )
}

function Told({ day, series }: { day: DayChartProps['days'][number]; series: Series[] }) {
  return (
    <div className="rounded-lg border border-line bg-surface px-3 py-2 text-sm shadow-[0_8px_20px_-12px_rgb(0_0_0/0.4)]">
      <p className="text-soft">{fullDay(day.day)}</p>
      {series.map(({ key, label, color }) => (
        <p key={key} className="flex items-center gap-2">
          <Swatch color={color} />
          {label}
          <span className="ml-auto pl-4 font-medium tabular-nums">{amount(Number(day[key] ?? 0))}</span>
        </p>
      ))}
    </div>
  )
}
