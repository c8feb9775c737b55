/** Deliveries that Clerk has signed and we could not use, and what to do about each. */

import { RotateCw } from 'lucide-react'
import { amount } from '../ui/amount.ts'
import { Copyable } from '../ui/Copyable.tsx'
import { BUTTONS, CARD } from '../ui/classes.ts'
import { RelativeTime } from '../ui/RelativeTime.tsx'
import type { DeadLetter } from './report.ts'
import { type Retry, useRetry } from './useRetry.ts'
import { deadLetterAdvice, triedWords } from './words.ts'

const ROW = 'grid grid-cols-2 gap-x-4 gap-y-1 px-5 md:grid-cols-[8rem_9rem_1fr_5rem] md:gap-x-5 sm:px-6'

type Props = {
  deadLetters: DeadLetter[]
  /** How many came in the last week, in words; the list may reach further back, or less far. */
  lately: string
  /** Called when a letter may have left the list. */
  tried: () => void
}

export function DeadLetters({ deadLetters, lately, tried }: Props) {
  const { retry, again } = useRetry(tried)
  return (
    <section aria-labelledby="dead-letters" className={`${CARD} overflow-hidden`}>
      <div className="p-5 sm:px-6">
        <h2 id="dead-letters" className="font-display text-2xl">
          Dead letters
        </h2>
        <p className="mt-1 max-w-prose leading-relaxed text-soft">
          {deadLetters.length === 0
            ? 'None. Every delivery that Clerk has signed was of use.'
            : `${lately} in the last 7 days. Their bodies are not kept here. Where the user is known, Try again asks Clerk for that user as they are now. Any letter comes once more if you find it by its message id in Clerk’s dashboard under Webhooks, at the endpoint’s messages, and choose Resend. Once it is of use, it leaves this list.`}
        </p>
        <p role="status" className={`mt-1 text-sm empty:hidden ${isBad(retry) ? 'text-bad' : 'text-good'}`}>
          {retryWords(retry)}
        </p>
      </div>
      {deadLetters.length > 0 && (
        <table className="block border-t border-line text-sm">
          <caption className="sr-only">The newest dead letters</caption>
          <thead className="block border-b border-line bg-sunken/60 text-soft max-md:sr-only">
            <tr className={`${ROW} py-2.5 *:text-left *:font-medium`}>
              <th scope="col">Arrived</th>
              <th scope="col">Event</th>
              <th scope="col">Why, and what to do</th>
              <th scope="col" className="text-right!">
                Attempts
              </th>
            </tr>
          </thead>
          <tbody className="block divide-y divide-line">
            {deadLetters.map((letter) => (
              <tr key={letter.messageId} className={`${ROW} py-3`}>
                <th scope="row" className="text-left font-normal">
                  <RelativeTime time={letter.receivedAt} />
                </th>
                <td className="font-mono text-[0.8125rem] break-all max-md:text-right">{letter.type}</td>
                <td className="min-w-0 max-md:col-span-2">
                  <span className="font-medium">{letter.reason ?? 'no reason'}</span>
                  <span className="mt-0.5 block leading-relaxed text-soft">
                    {deadLetterAdvice(letter.reason)}
                  </span>
                  <span className="mt-1 flex flex-wrap items-center gap-x-1.5 text-xs">
                    <Copyable text={letter.messageId} />
                  </span>
                  {letter.userId && (
                    <TryAgain
                      messageId={letter.messageId}
                      retry={retry}
                      onClick={() => void again(letter.messageId)}
                    />
                  )}
                </td>
                <td className="text-soft tabular-nums max-md:col-span-2 md:text-right">
                  {amount(letter.attempts)}
                  <span className="md:sr-only"> {letter.attempts === 1 ? 'attempt' : 'attempts'}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

type TryAgainProps = { messageId: string; retry: Retry; onClick: () => void }

function TryAgain({ messageId, retry, onClick }: TryAgainProps) {
  const isTrying = retry.status === 'trying' && retry.messageId === messageId
  return (
    <button
      type="button"
      className={`${BUTTONS.small} mt-2`}
      aria-disabled={retry.status === 'trying'}
      onClick={onClick}
    >
      <RotateCw
        aria-hidden
        className={`size-3.5 ${isTrying ? 'motion-safe:animate-spin' : ''}`}
        strokeWidth={2.25}
      />
      {isTrying ? 'Asking Clerk' : 'Try again'}
      <span className="sr-only"> {messageId}</span>
    </button>
  )
}

const isBad = (retry: Retry) =>
  retry.status === 'failed' || (retry.status === 'tried' && retry.outcome === 'dead-letter')

function retryWords(retry: Retry): string {
  switch (retry.status) {
    case 'idle':
      return ''
    case 'trying':
      return 'Asking Clerk for that user'
    case 'tried':
      return triedWords(retry.outcome)
    case 'failed':
      return `It could not be tried again: ${retry.problem.title}.`
  }
}
