/**
 * Cuts a growing markdown text into blocks that mean the same alone, so that only the last one is read anew with every
 * piece that arrives. When in doubt it does not cut.
 */

/** Definitions of links and footnotes reach across the whole text. */
const DEFINITION = /^ {0,3}\[[^\]]+\]:/m

/** A line that cannot belong to a list, a quotation or an indented block before it. */
const STARTS_ANEW = /^(?![ \t]|[-*+>]|\d{1,9}[.)])/

/**
 * What may open or close a code block, behind the markers of the lists that it is in. In a quotation each line has a marker,
 * and no line is blank, so that it is never cut anyway.
 */
const FENCE = /^((?:[ \t]*(?:[-*+]|\d{1,9}[.)])(?=[ \t]))*)[ \t]*(`{3,}(?=[^`]*$)|~{3,})/

interface Fence {
  mark: string
  /** Of the list's item that it opens, with which it ends even when nothing closes it. */
  indent: number
}

export function blocks(markdown: string): string[] {
  if (DEFINITION.test(markdown)) return [markdown]
  const cut: string[] = []
  let block: string[] = []
  let fence: Fence | null = null
  let afterBlank = false
  for (const line of markdown.split('\n')) {
    const isBlank = line.trim() === ''
    if (fence && !isBlank && indentOf(line) < fence.indent) fence = null
    if (fence === null && afterBlank && !isBlank && STARTS_ANEW.test(line)) {
      cut.push(block.join('\n'))
      block = []
    }
    const [, markers = '', mark] = FENCE.exec(line) ?? []
    if (fence === null) fence = mark ? { mark, indent: widthOf(markers) } : null
    else if (mark?.startsWith(fence.mark) && line.trim() === mark) fence = null
    block.push(line)
    afterBlank = isBlank
  }
  return [...cut, block.join('\n')].filter((text) => text.trim() !== '')
}

/** A tab is as good as four spaces here. */
const widthOf = (text: string) => text.replaceAll('\t', '    ').length

const indentOf = (line: string) => widthOf(/^[ \t]*/.exec(line)?.[0] ?? '')
