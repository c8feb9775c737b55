/** What an admin's page is when the API has told it nothing: not for this reader, or not just now. */
import type { Problem } from '../api/problem.ts'
import { Message } from '../shell/Message.tsx'
import { BUTTONS } from '../ui/classes.ts'
import { AdminsOnly } from './AdminsOnly.tsx'

interface Props {
  title: string
  problem: Problem
  /** What there is to say when the problem itself says no more. */
  advice: string
  readNow: () => void
}

export function Unread({ title, problem, advice, readNow }: Props) {
  if (problem.code === 'forbidden') return <AdminsOnly />
  return (
    <Message
      title={title}
      action={
        <button type="button" className={BUTTONS.primary} onClick={readNow}>
          Read it again
        </button>
      }
    >
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
