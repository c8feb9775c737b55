/** An empty thread: who is greeted, and something to begin with. A low window has room for the words alone. */
import { Code, Lightbulb, ListChecks, PenLine } from 'lucide-react'
import { useState } from 'react'
import { Waves } from '../ui/Waves.tsx'
import { BEGINNINGS } from './beginnings.ts'
import { greeting } from './words.ts'

const WAYS = [
  { Icon: Lightbulb, label: 'Explain something', text: BEGINNINGS.explain },
  { Icon: PenLine, label: 'Find the words', text: BEGINNINGS.words },
  { Icon: ListChecks, label: 'Make a plan', text: BEGINNINGS.plan },
  { Icon: Code, label: 'Read some code', text: BEGINNINGS.code },
]

interface Props {
  firstName: string | null
  /** Puts the words into the composer. */
  begin: (text: string) => void
}

export function Welcome({ firstName, begin }: Props) {
  const [hour] = useState(() => new Date().getHours())
  return (
    <div className="my-auto py-8 [@media(height<30rem)]:py-4">
      <Waves
        tuning="unison"
        className="h-14 w-full mask-x-from-60% opacity-80 sm:h-16 [@media(height<30rem)]:hidden"
      />
      <h1
        tabIndex={-1}
        className="mt-7 text-center font-display text-4xl tracking-tight outline-none sm:text-5xl [@media(height<30rem)]:mt-0 [@media(height<30rem)]:text-3xl"
      >
        {greeting(hour, firstName)}
      </h1>
      <p className="mt-3 text-center text-lg text-soft">What is on your mind?</p>
      <ul
        aria-label="Ways to begin"
        className="mx-auto mt-8 flex max-w-3xl flex-wrap [@media(height<30rem)]:mt-4 justify-center gap-2.5"
      >
        {WAYS.map(({ Icon, label, text }) => (
          <li key={label}>
            <button
              type="button"
              onClick={() => begin(text)}
              className="flex h-10 items-center gap-2 rounded-full border border-line bg-surface px-4 text-sm font-medium text-ink transition-colors hover:border-edge hover:bg-sunken"
            >
              <Icon aria-hidden className="size-4 text-brand" strokeWidth={1.75} />
              {label}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
