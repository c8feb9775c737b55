/** A reply as it is read aloud: without the marks of its markdown, and no longer than somebody likes to listen. */

/** About half a minute. What is being read aloud can be neither skipped nor heard again; the reply itself can. */
const LONGEST_CHARACTERS = 500

/** With its marks, addresses and pieces of code. */
const ENOUGH_CHARACTERS = 8 * LONGEST_CHARACTERS

const REST = 'The rest is in the conversation.'

export function aloud(markdown: string): string {
  const text = withoutMarks(markdown.slice(0, ENOUGH_CHARACTERS))
  const isWhole = markdown.length <= ENOUGH_CHARACTERS
  if (text.length <= LONGEST_CHARACTERS) return isWhole ? text : `${text} ${REST}`
  const head = text.slice(0, LONGEST_CHARACTERS)
  // A sentence, if one ends in the second half; else a word.
  const [sentence] = /^.*[.!?:…。！？؟।](?=\s)/su.exec(head) ?? []
  if (sentence && sentence.length > LONGEST_CHARACTERS / 2) return `${sentence} ${REST}`
  return `${head.replace(/\s+\S*$/u, '')} … ${REST}`
}

/** Not all of markdown: what is missed is heard as a word too many. */
function withoutMarks(markdown: string): string {
  const lines = markdown.replace(FENCED, 'A piece of code.').trimEnd().split('\n')
  return lines
    .map((line, position) => {
      const words = lineWithoutMarks(line)
      return isLast(line, lines[position + 1]) && /[\p{L}\p{N})]$/u.test(words) ? `${words}.` : words
    })
    .filter((words) => words !== '')
    .join(' ')
}

/** Also one that is still open. */
const FENCED = /^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*\1[`~]*[ \t]*$|(?![\s\S]))/gms

/** Of a paragraph, a heading or an entry of a list: without a stop it would be heard as one with what follows. */
function isLast(line: string, next: string | undefined): boolean {
  return next !== undefined && (/^\s*#{1,6}\s/.test(line) || /^\s*(?:$|[#>|*+-]|\d+[.)]\s)/.test(next))
}

/** Twice, as one may hold another. Within a word `_` is itself. */
const EMPHASIS = /(\*{1,3}|~~|(?<![\p{L}\p{N}])_{1,3})(?=\S)(.+?)(?<=\S)\1(?![\p{L}\p{N}])/gu

function lineWithoutMarks(line: string): string {
  // Under a heading, between two parts, below a table's head.
  if (/^[\s|:=*_-]*$/.test(line)) return ''
  const words = line
    .replace(/^(?:\s*(?:>|#{1,6}(?=\s)|[-*+](?=\s)(?:\s+\[[ xX]\](?=\s))?))*\s*/, '')
    .replace(/\s+#+\s*$/, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(EMPHASIS, '$2')
    .replace(EMPHASIS, '$2')
    .replace(/(`+) ?(.+?) ?\1(?!`)/g, '$2')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .trim()
  return words.startsWith('|') ? words.replace(/^\|\s*|\s*\|$/g, '').replace(/\s*\|\s*/g, ', ') : words
}
