/** The page of an address that leads nowhere. */
import { Link } from 'wouter'
import { BUTTONS } from '../ui/classes.ts'
import { useTitle } from '../ui/useTitle.ts'
import { Message } from './Message.tsx'

export function NotFound() {
  useTitle('Not found')
  return (
    <Message
      title="There is nothing at this address"
      action={
        <Link href="/" className={BUTTONS.primary}>
          Go to the start
        </Link>
      }
    >
      <p>It may have been mistyped, or it pointed at something that is no longer here.</p>
    </Message>
  )
}
