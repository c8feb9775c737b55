/** What all measurements share. */

export async function time(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await run()
  return performance.now() - started
}

/** @param share 0.5 is the median. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN
}

export const tableRow = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`

/** A switch of a stand-in. */
export async function control(standIn: string, what: string, method: string, body: object): Promise<void> {
  const answer = await fetch(`${standIn}/_control/${what}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${method} ${what}: ${answer.status} ${await answer.text()}`)
}
