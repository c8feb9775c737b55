/** Whether users are kept in step: for those who run SwarAI. */
import { useTitle } from '../ui/useTitle.ts'
import { DeadLetters } from './DeadLetters.tsx'
import { Outcomes } from './Outcomes.tsx'
import { Passes } from './Passes.tsx'
import { Tiles } from './Tiles.tsx'
import { Unread } from './Unread.tsx'
import { useReport } from './useReport.ts'
import { VerdictCard } from './VerdictCard.tsx'
import { amountUpTo } from './words.ts'

export default function SyncPage() {
  useTitle('Sync health')
  const { reading, readNow, expectPass } = useReport()
  if (reading.status === 'failed')
    return (
      <Unread
        title="How the sync is doing could not be read"
        problem={reading.problem}
        advice="This page goes on trying by itself."
        readNow={() => void readNow()}
      />
    )
  const report = reading.status === 'loaded' ? reading.value : null
  return (
    <div className="space-y-5 sm:space-y-6" aria-busy={!report}>
      <h1 className="font-display text-4xl tracking-tight">Sync health</h1>
      <VerdictCard reading={reading} readNow={() => void readNow()} />
      <Tiles report={report} />
      <Outcomes report={report} />
      {report && (
        <DeadLetters
          deadLetters={report.deadLetters}
          lately={amountUpTo(report.deadLetterCount, report.atLeast.includes('deadLetterCount'))}
          tried={() => void readNow()}
        />
      )}
      {report && <Passes passes={report.passes} started={expectPass} />}
    </div>
  )
}
