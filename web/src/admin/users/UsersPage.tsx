/** Everybody, the newest first; somebody, by how they begin; and which tier they are on. */
import { LoaderCircle, Search, X } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { amount } from '../../ui/amount.ts'
import { BUTTONS, CARD } from '../../ui/classes.ts'
import { ReadAgain } from '../../ui/ReadAgain.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { useTitle } from '../../ui/useTitle.ts'
import { tierName } from '../../users/tiers.ts'
import { Unread } from '../Unread.tsx'
import { calledBy, type Listed } from './listed.ts'
import { TierDialog } from './TierDialog.tsx'
import { ROW, UserRow } from './UserRow.tsx'
import { isOpen, type TierChange, useTierChange } from './useTierChange.ts'
import { type More, useUsers } from './useUsers.ts'

/** Longer than between two letters of somebody who types, and too short to wait for. */
const PAUSE_MS = 250

export default function UsersPage() {
  useTitle('Users')
  const [typed, setTyped] = useState('')
  const search = useSettled(typed.trim(), PAUSE_MS)
  const { reading, readNow, more, readMore, replace } = useUsers(search)
  const { change, ask, confirm, cancel } = useTierChange(replace)
  if (reading.status === 'failed')
    return (
      <Unread
        title="The users could not be read"
        problem={reading.problem}
        advice="This page goes on trying by itself."
        readNow={readNow}
      />
    )
  const listed = reading.status === 'loaded' ? reading.value : null
  const isOld = listed !== null && listed.search !== typed.trim()
  return (
    <div className="space-y-5 sm:space-y-6">
      <h1 className="font-display text-4xl tracking-tight">Users</h1>
      <section tabIndex={-1} aria-label="Users" className={`${CARD} outline-none overflow-hidden`}>
        <div className="flex flex-wrap items-center gap-x-5 gap-y-2 p-5 sm:px-6">
          <SearchField typed={typed} type={setTyped} />
          <p role="status" className="text-sm text-soft">
            {change.status === 'done' ? changedWords(change) : listed && !isOld && foundWords(listed)}
          </p>
          {change.status === 'failed' && change.isLeft && (
            <p role="alert" className="w-full text-sm text-bad">
              {calledBy(change.user)} could not be changed to {tierName(change.tier)}: {change.problem.title}.
            </p>
          )}
        </div>
        {reading.status === 'loaded' && reading.problem && (
          <p role="alert" className="border-t border-line px-5 py-3 text-sm text-warn sm:px-6">
            This may be old. {reading.problem.title}.{' '}
            <ReadAgain className="font-medium underline" readNow={readNow} />
          </p>
        )}
        <table className="block border-t border-line text-sm" aria-busy={!listed || isOld}>
          <caption className="sr-only">Users, the newest sign-up first</caption>
          <thead className="block border-b border-line bg-sunken/60 text-soft max-md:sr-only">
            <tr className={`${ROW} py-2.5 *:text-left *:font-medium`}>
              <th scope="col">User</th>
              <th scope="col">Tier</th>
              <th scope="col">Today</th>
              <th scope="col">Last seen</th>
              <th scope="col">Signed up</th>
            </tr>
          </thead>
          <tbody className={`block divide-y divide-line transition-opacity ${isOld ? 'opacity-60' : ''}`}>
            {!listed && <Waiting />}
            {listed?.users.length === 0 && <Nobody listed={listed} />}
            {listed?.users.map((user) => (
              <UserRow
                key={user.id}
                user={user}
                changedFrom={change.status === 'done' && change.user.id === user.id ? change.from : null}
                choose={(tier) => ask(user, tier)}
              />
            ))}
          </tbody>
        </table>
        {listed?.nextCursor && <ReadMore listed={listed} more={more} readMore={() => void readMore()} />}
      </section>
      {isOpen(change) && <TierDialog change={change} confirm={confirm} close={cancel} />}
    </div>
  )
}

function SearchField({ typed, type }: { typed: string; type: (text: string) => void }) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <search className="relative w-full sm:w-[26rem]">
      <Search aria-hidden className="absolute top-1/2 left-3 size-4 -translate-y-1/2 text-soft" />
      <input
        ref={field}
        type="search"
        value={typed}
        onChange={(event) => type(event.target.value)}
        maxLength={320}
        aria-label="Find a user"
        placeholder="Address, name or user id"
        autoComplete="off"
        spellCheck={false}
        className="h-10 w-full rounded-[10px] border border-edge bg-surface px-9 text-sm placeholder:text-soft [&::-webkit-search-cancel-button]:hidden"
      />
      {typed && (
        <button
          type="button"
          aria-label="Look at everybody again"
          className="absolute top-1/2 right-1.5 grid size-7 -translate-y-1/2 place-items-center rounded-md text-soft hover:text-ink"
          onClick={() => {
            type('')
            field.current?.focus()
          }}
        >
          <X aria-hidden className="size-4" />
        </button>
      )}
    </search>
  )
}

/** What has come of a change, for who sees the list and for who hears it; also while the list cannot be read. */
const changedWords = ({ user, from }: Extract<TierChange, { status: 'done' }>) =>
  `${calledBy(user)} is on ${tierName(user.tier)} now${from ? `; it was ${tierName(from)}` : ''}.`

/** The same of a search. */
function foundWords({ users, nextCursor, search }: Listed): string {
  if (users.length === 0) return ''
  const count = `${amount(users.length)} ${users.length === 1 ? 'user' : 'users'}`
  if (nextCursor) return search ? `The newest ${amount(users.length)} who match` : `The newest ${count}`
  return search ? `${count} found` : count
}

function Nobody({ listed: { search, nextCursor } }: { listed: Listed }) {
  return (
    <tr className="block">
      <td className="block px-5 py-10 text-center leading-relaxed sm:px-6">
        {search === '' ? (
          <>
            Nobody has signed up yet.
            <Soft>The first user appears here within a second.</Soft>
          </>
        ) : nextCursor ? (
          <>
            Nobody among the newest users who begins with “{search}”.
            <Soft>Further back there may be.</Soft>
          </>
        ) : (
          <>
            <span className="wrap-anywhere">Nobody begins with “{search}”.</span>
            <Soft>
              An address and a name are found by how they begin, a user id only as a whole. Who has deleted
              their account is not here any more.
            </Soft>
          </>
        )}
      </td>
    </tr>
  )
}

const Soft = ({ children }: { children: ReactNode }) => (
  <span className="mx-auto block max-w-prose text-soft">{children}</span>
)

const WAITING_ROWS = ['w-40', 'w-56', 'w-44', 'w-52', 'w-36', 'w-48']

function Waiting() {
  return WAITING_ROWS.map((width) => (
    <tr key={width} className={`${ROW} py-3.5`}>
      <td className="flex h-14 items-center gap-3 max-md:col-span-2">
        <span className="size-9 shrink-0 rounded-full bg-sunken" />
        <Skeleton className={width} />
      </td>
    </tr>
  ))
}

function ReadMore({ listed, more, readMore }: { listed: Listed; more: More; readMore: () => void }) {
  const isReading = more.status === 'reading'
  return (
    <div className="flex flex-wrap items-center justify-center gap-4 border-t border-line p-4">
      <button type="button" className={BUTTONS.quiet} aria-disabled={isReading} onClick={readMore}>
        {isReading && <LoaderCircle aria-hidden className="size-4 motion-safe:animate-spin" />}
        {listed.search ? 'Look further back' : 'Show more'}
      </button>
      {more.status === 'failed' && (
        <p role="alert" className="text-sm text-bad">
          {more.problem.title}.
        </p>
      )}
    </div>
  )
}

/** A value once it has not changed for a while. */
function useSettled(value: string, pauseMs: number): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs)
    return () => clearTimeout(timer)
  }, [value, pauseMs])
  return settled
}
