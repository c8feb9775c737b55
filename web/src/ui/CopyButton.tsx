/** Puts a text into the clipboard and says so for a moment, or that it could not. */
import { Check, Copy, X } from 'lucide-react'
import { type RefObject, useEffect, useState } from 'react'

const SAID_FOR_MS = 2_000

const LOOKS = {
  asked: { Icon: Copy, word: 'Copy' },
  copied: { Icon: Check, word: 'Copied' },
  refused: { Icon: X, word: 'Not copied' },
}

interface Props {
  text: string
  /** What, named to who cannot see what the button stands beside. */
  what: string
  /** Where the text stands: selected for the hand when the browser keeps the clipboard to itself. */
  source?: RefObject<HTMLElement | null>
}

export function CopyButton({ text, what, source }: Props) {
  const [state, setState] = useState<keyof typeof LOOKS>('asked')
  useEffect(() => {
    if (state === 'asked') return
    const timer = setTimeout(() => setState('asked'), SAID_FOR_MS)
    return () => clearTimeout(timer)
  }, [state])
  const copy = async () => {
    try {
      // Without https there is no clipboard at all, and with it there may be no permission.
      await navigator.clipboard.writeText(text)
      setState('copied')
    } catch {
      setState('refused')
      if (source?.current) getSelection()?.selectAllChildren(source.current)
    }
  }
  const { Icon, word } = LOOKS[state]
  return (
    <button
      type="button"
      className="inline-flex items-center gap-1.5 rounded-md px-1.5 py-1 text-xs font-medium text-soft transition-colors hover:bg-sunken hover:text-ink"
      onClick={() => void copy()}
    >
      <Icon aria-hidden className="size-3.5" />
      <span aria-live="polite">{word}</span>
      <span className="sr-only"> {what}</span>
    </button>
  )
}
