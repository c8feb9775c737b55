/** An id that somebody will want to have elsewhere. */
import { CopyButton } from './CopyButton.tsx'

export function Copyable({ text }: { text: string }) {
  return (
    <>
      <code className="font-mono text-xs break-all text-ink">{text}</code>
      <CopyButton text={text} what={text} />
    </>
  )
}
