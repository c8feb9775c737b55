/** What a chart shows, as a table, for who cannot or would not look at it. */
import { LINK } from '../ui/classes.ts'

interface Props {
  caption: string
  /** The first ones are words, the last ones numbers. */
  columns: { words: string[]; numbers: string[] }
  /** The first cell names its row, and is its key unless there is a better one. */
  rows: { key: string; words: string[]; numbers: string[] }[]
}

export function AsTable({ caption, columns, rows }: Props) {
  if (rows.length === 0) return null
  return (
    <details className="mt-4 text-sm">
      <summary className={`${LINK} w-fit cursor-pointer rounded-md`}>The same as a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="mt-3 max-h-96 overflow-auto" aria-label={caption} tabIndex={0}>
        <table className="w-full max-w-2xl">
          <caption className="sr-only">{caption}</caption>
          <thead className="sticky top-0 bg-surface text-soft">
            <tr className="*:py-1.5 *:pr-4 *:text-left *:align-bottom *:font-medium">
              {columns.words.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              {columns.numbers.map((name) => (
                <th key={name} scope="col" className="text-right!">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {rows.map(({ key, words: [name, ...words], numbers }) => (
              <tr key={key} className="*:py-1.5 *:pr-4">
                <th scope="row" className="text-left font-normal whitespace-nowrap tabular-nums">
                  {name}
                </th>
                {words.map((word, nth) => (
                  <td key={columns.words[nth + 1]}>{word}</td>
                ))}
                {numbers.map((number, nth) => (
                  <td key={columns.numbers[nth]} className="text-right tabular-nums">
                    {number}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}
