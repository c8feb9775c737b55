/** What whoever runs SwarAI sees when the Worker had no publishable key to write into the page. */
import { Message } from './Message.tsx'

export function NotConfigured() {
  return (
    <main className="px-4 sm:px-6">
      <Message title="SwarAI is not configured yet">
        <p>
          The page was served without Clerk’s publishable key, so nobody can sign in. Set{' '}
          <code className="font-mono text-[0.9em] text-ink">CLERK_PUBLISHABLE_KEY</code> for the Worker and
          reload.
        </p>
        <p>Where the key is found, and every other setting, is described in docs/CLERK_SETUP.md.</p>
      </Message>
    </main>
  )
}
