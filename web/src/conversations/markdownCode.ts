/**
 * The code that reads markdown: asked for as soon as the chat is opened, so that it is there before the first reply is.
 * Not `lazy()`: React shows what stands in for such a component for a moment even when the code has come by then.
 */
import type { ComponentType } from 'react'
import { whatPrevents } from '../ui/lazily.ts'
import { Store } from '../ui/store.ts'
import { whenBack } from '../ui/whenBack.ts'

export type MarkdownCode =
  | { status: 'coming' }
  | { status: 'here'; Markdown: ComponentType<{ text: string }> }
  /** Whoever cannot load it still reads the words. */
  | { status: 'missing' }

class Loading extends Store<MarkdownCode> {
  #isAsked = false

  /** Once, and again after a failure when the network or the person is back. */
  ask(): void {
    if (this.#isAsked) return
    this.#isAsked = true
    whenBack(() => this.state.status === 'missing' && void this.#load())
    void this.#load()
  }

  async #load(): Promise<void> {
    const why = await whatPrevents()
    const code = why ? null : await import('./Markdown.tsx').catch(() => null)
    this.set(code ? { status: 'here', Markdown: code.default } : { status: 'missing' })
  }
}

export const markdownCode = new Loading({ status: 'coming' })
