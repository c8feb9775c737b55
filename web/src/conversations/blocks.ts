/**
 * Cuts a growing markdown text into blocks that mean the same alone, so that only the last one is read anew with every
 * piece that arrives. When in doubt it does not cut.
 */

/** Definitions of links and footnotes reach across the whole text. */
const DEFINITION = /^ {0,3}\[[^\]]+\]:/m

/** A line that cannot belong to a list, a quotation or an indented block before it. */
const STARTS_ANEW = /^(?![ \t]|[-*+>]|\d{1,9}[.)])/

const FENCE = /^\s*(`{3,}|~{3,})/

export function blocks(markdown: string): string[] {
  if (DEFINITION.test(markdown)) return [markdown]
  const cut: string[] = []
  let block: string[] = []
  let fence: string | null = null
  let afterBlank = false
  for (const line of markdown.split('\n')) {
    const mark = FENCE.exec(line)?.[1]
    if (fence === null && afterBlank && line !== '' && STARTS_ANEW.test(line)) {
      cut.push(block.join('\n'))
      block = []
    }
    if (fence === null) fence = mark ?? null
    else if (mark?.startsWith(fence) && line.trim() === mark) fence = null
    block.push(line)
    afterBlank = line.trim() === ''
  }
  return [...cut, block.join('\n')].filter((text) => text.trim() !== '')
}
