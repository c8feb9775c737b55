/** The last resort: a page that broke says so and offers a way on. */
import { BUTTONS } from '../ui/classes.ts'
import { Message } from './Message.tsx'

export function Broken() {
  return (
    <div role="alert">
      <Message
        title="This page has stopped working"
        action={
          <button type="button" className={BUTTONS.primary} onClick={() => location.reload()}>
            Reload
          </button>
        }
      >
        <p>That is our mistake, not yours, and your account is not affected. Reloading usually helps.</p>
      </Message>
    </div>
  )
}
