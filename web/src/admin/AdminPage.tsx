/** Whether users are kept in step: for those who run SwarAI. */
import { Link } from 'wouter'
import { Message } from '../shell/Message.tsx'
import { BUTTONS } from '../ui/classes.ts'
import { useTitle } from '../ui/useTitle.ts'
import { DeadLetters } from './DeadLetters.tsx'
import { Outcomes } from './Outcomes.tsx'
import { Passes } from './Passes.tsx'
import { Tiles } from './Tiles.tsx'
import { useReport } from './useReport.ts'
import { VerdictCard } from './VerdictCard.tsx'

export default function AdminPage() {
  useTitle('Sync health')
  const { reading, readNow, expectPass } = useReport()
  switch (reading.status) {
    case 'forbidden':
      return (
        <Message
          title="This page is for admins"
          action={
            <Link href="/account" className={BUTTONS.primary}>
              Go to your account
            </Link>
          }
        >
          <p>You are signed in, but not as somebody who runs SwarAI.</p>
          <p>
            If you should be: add your user id, shown on the account page, to{' '}
            <code className="font-mono text-[0.9em] text-ink">ADMIN_USER_IDS</code> of the deployment.
          </p>
        </Message>
      )
    case 'failed':
      return (
        <Message
          title="How the sync is doing could not be read"
          action={
            <button type="button" className={BUTTONS.primary} onClick={() => void readNow()}>
              Read it again
            </button>
          }
        >
          <p role="alert">
            {reading.problem.title}. {reading.problem.detail ?? 'This page goes on trying by itself.'}
          </p>
          {reading.problem.requestId && (
            <p className="text-sm">
              Request{' '}
              <code className="font-mono text-xs break-all text-ink">{reading.problem.requestId}</code>
            </p>
          )}
        </Message>
      )
    default: {
      const report = reading.status === 'loaded' ? reading.report : null
      return (
        <div className="space-y-5 py-8 sm:space-y-6 sm:py-12" aria-busy={!report}>
          <h1 className="font-display text-4xl tracking-tight">Sync health</h1>
          <VerdictCard reading={reading} readNow={() => void readNow()} />
          <Tiles report={report} />
          <Outcomes report={report} />
          {report && (
            <DeadLetters
              deadLetters={report.deadLetters}
              lately={report.deadLetterCount}
              tried={() => void readNow()}
            />
          )}
          {report && <Passes passes={report.passes} started={expectPass} />}
        </div>
      )
    }
  }
}
