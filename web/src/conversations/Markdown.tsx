/**
 * A reply's markdown. It was written by a model that anybody may have talked into anything: no HTML, no pictures from
 * elsewhere, and links that lead to the web or to a mailbox alone.
 */
import { memo } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { blocks } from './blocks.ts'
import { CodeBlock } from './CodeBlock.tsx'
import './markdown.css'

const REMARK = [remarkGfm]
const REHYPE = [eachItsDirection]

export default function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      {blocks(text).map((block, position) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a text that grows keeps its blocks in their places
        <Block key={position} text={block} />
      ))}
    </div>
  )
}

/** Read once; while a reply is written only its last block changes. */
const Block = memo(function Block({ text }: { text: string }) {
  return (
    <ReactMarkdown
      remarkPlugins={REMARK}
      rehypePlugins={REHYPE}
      components={COMPONENTS}
      urlTransform={safeUrl}
    >
      {text}
    </ReactMarkdown>
  )
})

/** A block runs the way its first words do, with all that it holds: a list's marks, a table's columns. */
function eachItsDirection() {
  return ({ children }: Pick<NonNullable<PreNode>, 'children'>) => {
    for (const block of children) if (block.type === 'element') block.properties.dir = 'auto'
  }
}

function safeUrl(url: string): string {
  return /^(?:https?:\/\/|mailto:)/i.test(url) ? url : ''
}

const COMPONENTS: Components = {
  a: ({ href, children }) =>
    href ? (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ src, alt }) =>
    typeof src === 'string' && src !== '' ? (
      <a href={src} target="_blank" rel="noopener noreferrer nofollow">
        {alt || 'Picture'}
      </a>
    ) : (
      <span>{alt}</span>
    ),
  // Below the headings of the page, which say who speaks.
  h1: ({ children, dir }) => <h3 dir={dir}>{children}</h3>,
  h2: ({ children, dir }) => <h4 dir={dir}>{children}</h4>,
  h3: ({ children, dir }) => <h5 dir={dir}>{children}</h5>,
  h4: ({ children, dir }) => <h6 dir={dir}>{children}</h6>,
  h5: ({ children, dir }) => <h6 dir={dir}>{children}</h6>,
  // Not a word of its text, whose direction it would decide.
  code: ({ children }) => <code dir="ltr">{children}</code>,
  pre: ({ node }) => <CodeBlock {...codeOf(node)} />,
  table: ({ children, dir }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section className="markdown-table" aria-label="Table" tabIndex={0}>
      <table dir={dir}>{children}</table>
    </section>
  ),
  input: ({ checked }) => (
    <span role="img" aria-label={checked ? 'Done' : 'To do'} className="markdown-task">
      {checked ? '☑' : '☐'}
    </span>
  ),
}

type PreNode = Parameters<Extract<Components['pre'], (...args: never) => unknown>>[0]['node']

/** The one `<code>` inside a `<pre>`: its words, and its language by the name that the fence gave. */
function codeOf(node: PreNode): { code: string; language: string | null } {
  const code = node?.children[0]
  if (code?.type !== 'element') return { code: '', language: null }
  const [text] = code.children
  const names = code.properties.className
  const name = Array.isArray(names) ? names.map(String).find((one) => one.startsWith('language-')) : undefined
  return {
    code: text?.type === 'text' ? text.value.replace(/\n$/, '') : '',
    language: name?.slice('language-'.length) ?? null,
  }
}
