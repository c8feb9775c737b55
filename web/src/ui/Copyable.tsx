/** An id that somebody will want to have elsewhere. */
import { useRef } from 'react'
import { CopyButton } from './CopyButton.tsx'

export function Copyable({ text }: { text: string }) {
  const code = useRef<HTMLElement>(null)
  return (
    <>
      <code ref={code} className="font-mono text-xs break-all text-ink">
        {text}
      </code>
      <CopyButton text={text} what={text} source={code} />
    </>
  )
}
