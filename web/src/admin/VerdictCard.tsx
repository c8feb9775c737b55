/** The report in one sentence, and whatever else there is to say. */
import { CircleAlert, CircleCheck, LoaderCircle, RefreshCw, TriangleAlert } from 'lucide-react'
import type { Reading } from '../api/useReading.ts'
import { BUTTONS, CARD } from '../ui/classes.ts'
import { RelativeTime } from '../ui/RelativeTime.tsx'
import { Waves } from '../ui/Waves.tsx'
import type { Finding, Report } from './report.ts'

const LOOKS = {
  good: { Icon: CircleCheck, color: 'text-good' },
  warn: { Icon: TriangleAlert, color: 'text-warn' },
  bad: { Icon: CircleAlert, color: 'text-bad' },
} as const

type Shown = Extract<Reading<Report>, { status: 'loading' | 'loaded' }>

export function VerdictCard({ reading, readNow }: { reading: Shown; readNow: () => void }) {
  const [worst, ...others] = reading.status === 'loaded' ? reading.value.verdict : []
  const tuning = worst ? (worst.level === 'good' ? 'unison' : 'apart') : 'seeking'
  return (
    <section
      aria-labelledby="verdict"
      className={`${CARD} relative flex min-h-64 flex-col overflow-hidden p-5 sm:min-h-56 sm:p-6`}
    >
      <div role="status">{worst ? <Headline finding={worst} /> : <Looking />}</div>
      {others.length > 0 && (
        <ul className="relative mt-4 space-y-3 border-t border-line pt-4">
          {others.map((finding) => (
            <li key={finding.title}>
              <Remark finding={finding} />
            </li>
          ))}
        </ul>
      )}
      <Waves
        tuning={tuning}
        className="pointer-events-none absolute right-0 bottom-3 h-20 w-1/2 mask-l-from-40% opacity-70 max-sm:hidden"
      />
      <div className="relative mt-auto flex flex-wrap items-center gap-x-4 gap-y-3 pt-5">
        <button type="button" className={BUTTONS.quiet} aria-disabled={!worst} onClick={readNow}>
          <RefreshCw aria-hidden className="size-4" />
          Look again
        </button>
        {reading.status === 'loaded' && <ReadAt {...reading} />}
      </div>
    </section>
  )
}

function Headline({ finding: { level, title, detail } }: { finding: Finding }) {
  const { Icon, color } = LOOKS[level]
  return (
    <div className="relative flex gap-3">
      <Icon aria-hidden className={`mt-1 size-6 shrink-0 ${color}`} strokeWidth={1.75} />
      <div className="min-w-0">
        <h2 id="verdict" className="font-display text-2xl leading-snug wrap-anywhere sm:text-3xl">
          {title}
        </h2>
        <p className="mt-1 max-w-prose leading-relaxed text-soft">{detail}</p>
      </div>
    </div>
  )
}

function Looking() {
  return (
    <div className="relative flex gap-3">
      <LoaderCircle
        aria-hidden
        className="mt-1 size-6 shrink-0 text-brand motion-safe:animate-spin"
        strokeWidth={1.75}
      />
      <h2 id="verdict" className="font-display text-2xl leading-snug sm:text-3xl">
        Looking
      </h2>
    </div>
  )
}

function Remark({ finding: { level, title, detail } }: { finding: Finding }) {
  const { Icon, color } = LOOKS[level]
  return (
    <div className="flex gap-3 text-sm">
      <Icon aria-hidden className={`mx-0.5 mt-0.5 size-5 shrink-0 ${color}`} strokeWidth={1.75} />
      <p className="max-w-prose min-w-0 leading-relaxed wrap-anywhere">
        <strong className="font-semibold">{title}.</strong> <span className="text-soft">{detail}</span>
      </p>
    </div>
  )
}

function ReadAt({ readAt, problem }: { readAt: number; problem: { title: string } | null }) {
  if (!problem)
    return (
      <p className="text-sm text-soft">
        Read <RelativeTime time={readAt} />, and again by itself
      </p>
    )
  return (
    <p role="alert" className="text-sm text-warn">
      This was read <RelativeTime time={readAt} />. {problem.title}; it is tried again by itself.
    </p>
  )
}
