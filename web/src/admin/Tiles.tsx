/** Four figures: is the webhook alive, how late are we, how far apart, and who is there. */

import type { ReactNode } from 'react'
import { amount, counted } from '../ui/amount.ts'
import { CARD } from '../ui/classes.ts'
import { RelativeTime } from '../ui/RelativeTime.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { exactTime } from '../ui/time.ts'
import { type Drift, type Lag, type Report, SOURCES, type UserCounts } from './report.ts'
import { amountUpTo, apartWords, DOORS, duration } from './words.ts'

export function Tiles({ report }: { report: Report | null }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5 sm:gap-6 md:grid-cols-2">
      <Tile id="last-webhook" title="Last webhook">
        {report ? <LastWebhook at={report.lastDeliveryAt} usedAt={report.lastUsedAt} /> : <Waiting />}
      </Tile>
      <Tile id="lag" title="From a change in Clerk to Neon">
        {report ? <Lags lag={report.lag} /> : <Waiting />}
      </Tile>
      <Tile id="drift" title="Drift">
        {report ? <DriftFound drift={report.drift} /> : <Waiting />}
      </Tile>
      <Tile id="users" title="Users">
        {report ? <Users {...report.users} atLeast={report.atLeast} /> : <Waiting />}
      </Tile>
    </div>
  )
}

function Tile({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={id} className={`${CARD} min-h-44 p-5 sm:p-6`}>
      <h2 id={id} className="text-sm font-medium text-soft">
        {title}
      </h2>
      {children}
    </section>
  )
}

const Figure = ({ children }: { children: ReactNode }) => (
  <p className="mt-2 font-display text-3xl leading-tight tabular-nums first-letter:uppercase">{children}</p>
)

const Waiting = () => (
  <Figure>
    <Skeleton className="w-28" />
  </Figure>
)

function LastWebhook({ at, usedAt }: { at: number | null; usedAt: number | null }) {
  return (
    <>
      <Figure>{at === null ? 'Never' : <RelativeTime time={at} />}</Figure>
      <p className="mt-2 text-sm leading-relaxed text-soft">
        {at === null
          ? 'No delivery has ever arrived. Clerk needs an endpoint that points here.'
          : `${exactTime(at)}, here`}
      </p>
      {at !== null && usedAt !== at && (
        <p className="mt-1 text-sm leading-relaxed text-warn">
          {usedAt === null ? (
            'None has ever been of use.'
          ) : (
            <>
              The last that was of use: <RelativeTime time={usedAt} />
            </>
          )}
        </p>
      )}
    </>
  )
}

function Lags({ lag }: { lag: Lag[] }) {
  if (lag.length === 0)
    return <p className="mt-3 leading-relaxed text-soft">Nobody has changed in the last 30 days.</p>
  return (
    <div className="overflow-x-auto">
      <table className="mt-3 w-full text-sm">
        <caption className="sr-only">How late changes reach Neon, by the door they come through</caption>
        <thead className="text-soft">
          <tr className="*:pb-1.5 *:pl-3 *:text-right *:font-normal *:whitespace-nowrap">
            <th scope="col" className="sr-only">
              Door
            </th>
            <th scope="col">half in</th>
            <th scope="col">95% in</th>
            <th scope="col">slowest</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {SOURCES.flatMap((source) => lag.filter((each) => each.source === source)).map((each) => (
            <tr key={each.source} className="*:py-1.5">
              <th scope="row" className="text-left font-medium">
                {DOORS[each.source].name}
              </th>
              {[each.p50Ms, each.p95Ms, each.maxMs].map((ms, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: three columns that never change places
                <td key={column} className="pl-3 text-right whitespace-nowrap tabular-nums">
                  {duration(ms)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function DriftFound({ drift }: { drift: Drift | null }) {
  if (!drift)
    return (
      <p className="mt-3 leading-relaxed text-soft">
        Nobody has compared the two sides yet. A dry run does, and changes nothing.
      </p>
    )
  const found = drift.missing + drift.outdated + drift.orphaned
  return (
    <>
      <Figure>{found === 0 ? 'None' : counted(found, 'user')}</Figure>
      <Rows
        rows={[
          ['in Clerk', amount(drift.clerk)],
          ['in Neon', amount(drift.neon)],
          ['missing in Neon', amount(drift.missing)],
          ['outdated in Neon', amount(drift.outdated)],
          ['gone from Clerk', amount(drift.orphaned)],
        ]}
      />
      <p className="mt-2 text-sm text-soft">
        {drift.apart !== 0 && `${apartWords(drift.apart)}${found === 0 ? ', which no pass can mend' : ''}. `}
        Compared <RelativeTime time={drift.at} />
      </p>
    </>
  )
}

function Users({ atLeast, ...users }: UserCounts & { atLeast: string[] }) {
  const some = (name: 'withoutEmail' | 'banned' | 'tombstones') =>
    amountUpTo(users[name], atLeast.includes(name))
  return (
    <>
      <Figure>
        {users.isEstimate && <span title="The database’s own estimate">about </span>}
        {amount(users.total)}
      </Figure>
      <Rows
        rows={[
          ['without an address', some('withoutEmail')],
          ['banned', some('banned')],
          ['deleted, and stay so', some('tombstones')],
        ]}
      />
    </>
  )
}

const Rows = ({ rows }: { rows: [label: string, value: string][] }) => (
  <dl className="mt-2 text-sm text-soft">
    {rows.map(([label, value]) => (
      <div key={label} className="flex justify-between gap-4 py-0.5">
        <dt>{label}</dt>
        <dd className="text-ink tabular-nums">{value}</dd>
      </div>
    ))}
  </dl>
)
