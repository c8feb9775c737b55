/** What an admin's page is when the API has told it nothing: not for this reader, or not just now. */
import type { Problem } from '../api/problem.ts'
import { Message } from '../shell/Message.tsx'
import { BUTTONS } from '../ui/classes.ts'
import { ReadAgain } from '../ui/ReadAgain.tsx'
import { AdminsOnly } from './AdminsOnly.tsx'

interface Props {
  title: string
  problem: Problem
  /** What there is to say when the problem itself says no more. */
  advice: string
  /** What it returns is waited for. */
  readNow: () => unknown
}

export function Unread({ title, problem, advice, readNow }: Props) {
  if (problem.code === 'forbidden') return <AdminsOnly />
  return (
    <Message title={title} action={<ReadAgain className={BUTTONS.primary} readNow={readNow} />}>
      <p role="alert">
        {problem.title}. {problem.detail ?? advice}
      </p>
      {problem.requestId && (
        <p className="text-sm">
          Request <code className="font-mono text-xs break-all text-ink">{problem.requestId}</code>
        </p>
      )}
    </Message>
  )
}
