/** An id that somebody will want to have elsewhere. */
import { Check, Copy } from 'lucide-react'
import { useState } from 'react'

export function Copyable({ text }: { text: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <>
      <code className="font-mono text-xs break-all text-ink">{text}</code>
      <button
        type="button"
        className="inline-flex items-center gap-1 rounded-md px-1.5 py-1 font-medium text-brand hover:bg-brand-wash"
        // Without the permission to write the clipboard the id can still be selected by hand.
        onClick={() => void copy().catch(() => {})}
      >
        {copied ? <Check aria-hidden className="size-3.5" /> : <Copy aria-hidden className="size-3.5" />}
        {copied ? 'Copied' : 'Copy'}
        <span className="sr-only"> {text}</span>
      </button>
    </>
  )
}
