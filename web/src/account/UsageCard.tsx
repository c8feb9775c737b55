/** The last thirty days in messages and tokens. On a desk every state has the same height. */
import type { ReactNode } from 'react'
import type { Reading } from '../api/reader.ts'
import { AsTable } from '../charts/AsTable.tsx'
import { Chart } from '../charts/Chart.tsx'
import { shortAmount, sumOf } from '../charts/days.ts'
import type { Series } from '../charts/Legend.tsx'
import { amount, counted } from '../ui/amount.ts'
import { BUTTONS, CARD } from '../ui/classes.ts'
import { ReadAgain } from '../ui/ReadAgain.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import type { UsageDay } from './usage.ts'

interface Props {
  usage: Reading<UsageDay[]>
  /** Nothing is read before the first sync has succeeded. */
  waiting: 'for-sync' | 'no'
  readAgain: () => unknown
}

export function UsageCard({ usage, waiting, readAgain }: Props) {
  return (
    <section
      tabIndex={-1}
      aria-labelledby="usage"
      className={`${CARD} outline-none flex min-h-80 flex-col p-5 sm:min-h-91 max-lg:order-last sm:p-6`}
    >
      <h2 id="usage" className="text-sm font-medium text-soft">
        Your last 30 days
      </h2>
      {waiting === 'for-sync' && usage.status !== 'loaded' ? (
        <p className="mt-3 leading-relaxed text-soft">
          What you use appears here as soon as Neon is in step.
        </p>
      ) : (
        <Body usage={usage} readAgain={readAgain} />
      )}
    </section>
  )
}

function Body({ usage, readAgain }: { usage: Reading<UsageDay[]>; readAgain: () => unknown }) {
  switch (usage.status) {
    case 'loading':
      return (
        <Pair>
          <Figure value={<Skeleton className="w-12" />} unit={<Skeleton className="w-20" />} />
          <Figure value={<Skeleton className="w-12" />} unit={<Skeleton className="w-20" />} />
        </Pair>
      )
    case 'loaded':
      return usage.value.some(({ messages }) => messages > 0) ? <Used days={usage.value} /> : <Nothing />
    case 'failed':
      return (
        <div className="mt-3 flex flex-1 flex-col items-start justify-between gap-4">
          <p className="leading-relaxed">
            What you have used could not be read.{' '}
            <span className="text-soft">
              {usage.problem.title}
              {usage.problem.requestId && ` (request ${usage.problem.requestId})`}.
            </span>
          </p>
          <ReadAgain className={BUTTONS.quiet} readNow={readAgain} />
        </div>
      )
  }
}

/** The outline of what there will be, as calm as a wave. */
function Nothing() {
  return (
    <div className="mt-3 flex flex-1 flex-col justify-between gap-6">
      <p className="max-w-prose leading-relaxed">
        No messages yet.{' '}
        <span className="text-soft">Once you talk to the assistant, each day has its bar here.</span>
      </p>
      <div aria-hidden className="flex h-36 items-end gap-[3px] border-b border-edge/60 sm:gap-1.5">
        {OUTLINE.map(({ day, height }) => (
          <span key={day} className="flex-1 rounded-t-[2px] bg-sunken" style={{ height }} />
        ))}
      </div>
    </div>
  )
}

const OUTLINE = Array.from({ length: 30 }, (_, day) => ({
  day,
  height: `${Math.round(52 + 40 * Math.sin((day / 29) * 3 * Math.PI))}%`,
}))

const MESSAGES: Series[] = [{ key: 'messages', label: 'Messages', color: 'var(--color-brand)' }]
const TOKENS: Series[] = [
  { key: 'completionTokens', label: 'Written by the assistant', color: 'var(--color-brand)' },
  { key: 'promptTokens', label: 'Read by it', color: 'var(--color-edge)' },
]

function Used({ days }: { days: UsageDay[] }) {
  const messages = sumOf(days, (day) => day.messages)
  const tokens = sumOf(days, (day) => day.promptTokens + day.completionTokens)
  const rows = days.map((day) => ({ ...day }))
  return (
    <>
      <Pair>
        <div>
          <Figure value={amount(messages)} unit={messages === 1 ? 'message' : 'messages'} />
          <Chart
            label={`Messages a day: ${counted(messages, 'message')} in the last 30 days. The table below has them day by day.`}
            days={rows}
            series={MESSAGES}
          />
        </div>
        <div>
          <Figure value={shortAmount(tokens)} unit={tokens === 1 ? 'token' : 'tokens'} />
          <Chart
            label={`Tokens a day: ${counted(tokens, 'token')} in the last 30 days. The table below has them day by day.`}
            days={rows}
            series={TOKENS}
          />
        </div>
      </Pair>
      <AsTable
        caption="Your messages and tokens by day"
        columns={{ words: ['Day'], numbers: ['Messages', 'Tokens read', 'Tokens written'] }}
        rows={days.toReversed().map(({ day, messages: sent, promptTokens, completionTokens }) => ({
          key: day,
          words: [day],
          numbers: [amount(sent), amount(promptTokens), amount(completionTokens)],
        }))}
      />
    </>
  )
}

const Pair = ({ children }: { children: ReactNode }) => (
  <div className="mt-2 grid gap-x-8 gap-y-5 sm:grid-cols-2">{children}</div>
)

const Figure = ({ value, unit }: { value: ReactNode; unit: ReactNode }) => (
  <p className="mb-3 flex items-baseline gap-2 text-soft">
    <span className="font-display text-3xl leading-tight text-ink tabular-nums">{value}</span>
    <span className="text-sm">{unit}</span>
  </p>
)
