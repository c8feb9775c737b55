/** A user in the list; on a phone a block of their own. */
import { Ban, Check, ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { amount } from '../../ui/amount.ts'
import { Copyable } from '../../ui/Copyable.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { parseTier, TIERS, type Tier, tierName } from '../../users/tiers.ts'
import { calledBy, type ListedUser } from './listed.ts'

export const ROW =
  'grid grid-cols-2 gap-x-4 px-5 sm:px-6 md:grid-cols-[minmax(0,1fr)_7.5rem_6.5rem_7.5rem_7.5rem] md:gap-x-5'

interface Props {
  user: ListedUser
  /** The tier that has just been changed, for as long as it is news. */
  changedFrom: Tier | null
  choose: (tier: Tier) => void
}

export function UserRow({ user, changedFrom, choose }: Props) {
  const who = calledBy(user)
  return (
    <tr className={`${ROW} gap-y-3 py-3.5 *:flex *:min-w-0 *:items-center`}>
      <th scope="row" className="gap-3 text-left font-normal max-md:col-span-2">
        <Portrait key={user.imageUrl} url={user.imageUrl} initial={who.charAt(0)} />
        <span className="min-w-0">
          <span className="flex flex-wrap items-center gap-x-2">
            <span className="font-medium wrap-anywhere">{who}</span>
            {user.banned && (
              <span className="inline-flex h-5 items-center gap-1 rounded-full bg-bad-wash px-2 text-xs font-medium text-bad">
                <Ban aria-hidden className="size-3" />
                Banned
              </span>
            )}
          </span>
          {user.name && (
            <span className="block wrap-anywhere text-soft">{user.email ?? <i>no address</i>}</span>
          )}
          <span className="flex items-center text-xs *:shrink-0 [&>code]:shrink! [&>code]:truncate [&>code]:text-soft">
            <Copyable text={user.id} />
          </span>
        </span>
      </th>
      <td className="max-md:col-span-2 max-md:justify-between">
        <span aria-hidden className="text-soft md:hidden">
          Tier
        </span>
        <span className="max-md:flex max-md:flex-row-reverse max-md:items-center max-md:gap-3">
          <TierSelect who={who} tier={user.tier} choose={choose} />
          {changedFrom && (
            <span className="flex items-center gap-1 text-xs text-good md:mt-1">
              <Check aria-hidden className="size-3.5" strokeWidth={2.25} />
              was {tierName(changedFrom)}
            </span>
          )}
        </span>
      </td>
      <td className="tabular-nums max-md:col-span-2 max-md:justify-between">
        <span aria-hidden className="text-soft md:hidden">
          Messages today
        </span>
        <span>
          {amount(user.messagesToday)} <span className="text-soft">of {amount(user.limit)}</span>
        </span>
      </td>
      <td className="max-md:col-span-2 max-md:justify-between">
        <span aria-hidden className="text-soft md:hidden">
          Last seen
        </span>
        {user.seenAt === null ? (
          <span className="text-soft">never</span>
        ) : (
          <RelativeTime time={user.seenAt} />
        )}
      </td>
      <td className="max-md:col-span-2 max-md:justify-between">
        <span aria-hidden className="text-soft md:hidden">
          Signed up
        </span>
        <RelativeTime time={user.createdAt} />
      </td>
    </tr>
  )
}

function TierSelect({ who, tier, choose }: { who: string; tier: Tier; choose: (tier: Tier) => void }) {
  return (
    <span className="relative inline-flex">
      <select
        aria-label={`Tier of ${who}`}
        value={tier}
        onChange={(event) => {
          const chosen = parseTier(event.target.value)
          if (chosen && chosen !== tier) choose(chosen)
        }}
        className="h-9 w-28 cursor-pointer appearance-none rounded-lg border border-edge/60 bg-surface pr-8 pl-3 font-medium hover:border-edge hover:bg-sunken"
      >
        {TIERS.map((each) => (
          <option key={each} value={each}>
            {tierName(each)}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-soft"
      />
    </span>
  )
}

function Portrait({ url, initial }: { url: string | null; initial: string }) {
  const [broken, setBroken] = useState(false)
  if (url && !broken)
    return (
      <img
        src={url}
        alt=""
        width="36"
        height="36"
        loading="lazy"
        className="size-9 shrink-0 rounded-full bg-sunken object-cover"
        referrerPolicy="no-referrer"
        onError={() => setBroken(true)}
      />
    )
  return (
    <span
      aria-hidden
      className="grid size-9 shrink-0 place-items-center rounded-full bg-brand-wash font-medium text-brand uppercase"
    >
      {initial}
    </span>
  )
}
