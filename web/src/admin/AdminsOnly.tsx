/** What somebody sees who has come to the admins’ pages and is none. */
import { Link } from 'wouter'
import { Message } from '../shell/Message.tsx'
import { BUTTONS } from '../ui/classes.ts'
import { useTitle } from '../ui/useTitle.ts'

export function AdminsOnly() {
  useTitle('For admins')
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
}
