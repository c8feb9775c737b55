/** A piece of code in a reply: its language, and a button that copies it. */
import { useRef } from 'react'
import { CopyButton } from '../ui/CopyButton.tsx'

export function CodeBlock({ code, language }: { code: string; language: string | null }) {
  const source = useRef<HTMLElement>(null)
  return (
    <figure dir="ltr" className="markdown-code">
      <figcaption>
        <span>{language ?? 'Code'}</span>
        <span className="print:hidden">
          <CopyButton text={code} what="this code" source={source} />
        </span>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <pre tabIndex={0}>
        <code ref={source}>{code}</code>
      </pre>
    </figure>
  )
}
