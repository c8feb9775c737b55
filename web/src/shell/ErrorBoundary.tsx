import { Component, type ReactNode } from 'react'
import { BUTTONS } from '../ui/classes.ts'
import { Message } from './Message.tsx'

/** The last resort: a page that broke says so and offers a way on. React has already logged the error. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    if (!this.state.broken) return this.props.children
    return (
      <main className="px-4 sm:px-6">
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
      </main>
    )
  }
}
