/** The two sides as a table; on a phone each field becomes a block with both values in it. */
import { CARD } from '../ui/classes.ts'
import { Skeleton } from '../ui/Skeleton.tsx'
import type { Row } from './comparison.ts'
import { Value } from './Value.tsx'
import { Verdict } from './Verdict.tsx'

const ROW = 'grid grid-cols-2 gap-x-4 px-4 sm:grid-cols-[6rem_1fr_1fr_7.25rem] sm:gap-x-5 sm:px-6'

/** `pending`: a sync is under way, so that what is not known yet will be. */
export function Comparison({ rows, pending }: { rows: Row[]; pending: boolean }) {
  return (
    <table className={`${CARD} block overflow-hidden text-sm`} aria-busy={pending}>
      <caption className="sr-only">What Clerk and Neon hold about you, field by field</caption>
      <thead className="block border-b border-line bg-sunken/60 text-soft">
        <tr className={`${ROW} py-2.5 *:text-left *:font-medium`}>
          <th scope="col" className="max-sm:sr-only">
            Field
          </th>
          <th scope="col">
            <Side name="Clerk" caption="where you sign in" />
          </th>
          <th scope="col">
            <Side name="Neon" caption="what SwarAI holds" />
          </th>
          <th scope="col" className="max-sm:sr-only">
            Match
          </th>
        </tr>
      </thead>
      <tbody className="block divide-y divide-line">
        {rows.map((row) => (
          <tr key={row.field} className={`${ROW} gap-y-1 py-2.5 sm:min-h-13 *:flex *:items-center`}>
            <th scope="row" className="text-left font-medium text-soft sm:text-ink">
              {row.field}
            </th>
            <td className="min-w-0 max-sm:order-2">
              {row.verdict === 'only-neon' ? (
                <Absent>not kept</Absent>
              ) : (
                <Value kind={row.kind} value={row.clerk} />
              )}
            </td>
            <td className="min-w-0 max-sm:order-3">
              <NeonValue row={row} pending={pending} />
            </td>
            <td className="justify-self-end max-sm:order-1 sm:justify-self-start">
              <Verdict verdict={row.verdict} pending={pending} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Side({ name, caption }: { name: string; caption: string }) {
  return (
    <>
      <span className="text-ink">{name}</span>
      <span className="sr-only">, </span>
      <span className="ml-2 font-normal max-md:sr-only">{caption}</span>
    </>
  )
}

function NeonValue({ row, pending }: { row: Row; pending: boolean }) {
  if (row.neon !== undefined) return <Value kind={row.kind} value={row.neon} />
  return pending ? <Skeleton className="w-3/5" /> : <Absent>not read yet</Absent>
}

const Absent = ({ children }: { children: string }) => <span className="text-soft italic">{children}</span>
