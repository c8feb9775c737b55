/** Puts a text into the clipboard and says so for a moment. */
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'

const SAID_FOR_MS = 2_000

/** @param what named to who cannot see what the button stands beside */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SAID_FOR_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <button
      type="button"
      className="inline-flex items-center gap-1.5 rounded-md px-1.5 py-1 text-xs font-medium text-soft transition-colors hover:bg-sunken hover:text-ink"
      // Without the permission to write the clipboard the text can still be selected by hand.
      onClick={() => void copy().catch(() => {})}
    >
      {copied ? <Check aria-hidden className="size-3.5" /> : <Copy aria-hidden className="size-3.5" />}
      <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
      <span className="sr-only"> {what}</span>
    </button>
  )
}
