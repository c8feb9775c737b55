/** Whether the two sides of a field agree, in a word and a colour. */
import { Check, Database, EqualNot, Minus } from 'lucide-react'
import { Skeleton } from '../ui/Skeleton.tsx'
import type { Row } from './comparison.ts'

const VERDICTS = {
  matches: { label: 'Matches', Icon: Check, look: 'bg-good-wash text-good' },
  differs: { label: 'Differs', Icon: EqualNot, look: 'bg-warn-wash text-warn' },
  'only-neon': { label: 'Only in Neon', Icon: Database, look: 'bg-sunken text-soft' },
  unknown: { label: 'Not known', Icon: Minus, look: 'bg-sunken text-soft' },
} as const

/** Icon, word and colour: any one of them is enough. */
export function Verdict({ verdict, pending }: { verdict: Row['verdict']; pending: boolean }) {
  const { label, Icon, look } = VERDICTS[verdict]
  const waiting = pending && verdict === 'unknown'
  return (
    <span
      className={`inline-flex h-6 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap ${waiting ? '' : look}`}
    >
      {waiting ? (
        <Skeleton className="w-14" />
      ) : (
        <>
          <Icon aria-hidden className="size-3.5" strokeWidth={2.25} />
          {label}
        </>
      )}
    </span>
  )
}
