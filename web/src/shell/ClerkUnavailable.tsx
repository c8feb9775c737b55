/** Clerk's script did not arrive: without it nobody can be recognised. */
import { BUTTONS } from '../ui/classes.ts'
import { Message } from './Message.tsx'

export function ClerkUnavailable() {
  return (
    <Message
      title="Signing in does not work just now"
      action={
        <button type="button" className={BUTTONS.primary} onClick={() => location.reload()}>
          Reload
        </button>
      }
    >
      <p>
        Clerk, the service that recognises you, could not be loaded. Your account is safe. Reload the page; if
        that does not help, look whether something blocks Clerk’s script, an extension or a company network.
      </p>
    </Message>
  )
}
