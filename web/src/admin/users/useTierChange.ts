/** A change of tier: chosen, confirmed, done or not. */
import { useState } from 'react'
import { isRecord } from '../../api/json.ts'
import type { Problem } from '../../api/problem.ts'
import { useWire } from '../../api/useWire.ts'
import { parseTier, type Tier } from '../../users/tiers.ts'
import { type ListedUser, parseListedUser } from './listed.ts'

export type TierChange =
  | { status: 'none' }
  | { status: 'asking'; user: ListedUser; tier: Tier }
  /** `isLeft`: the question has been closed meanwhile, which takes nothing back. */
  | { status: 'sending'; user: ListedUser; tier: Tier; isLeft: boolean }
  | { status: 'failed'; user: ListedUser; tier: Tier; isLeft: boolean; problem: Problem }
  /** `from`: what it was; null when it was so already. */
  | { status: 'done'; user: ListedUser; from: Tier | null }

type Chosen = Extract<TierChange, { tier: Tier }>

/** What is asked, sent or failed in front of whoever chose it. */
export const isOpen = (change: TierChange): change is Chosen =>
  'tier' in change && !('isLeft' in change && change.isLeft)

/** @param changed is told the user as they are then */
export function useTierChange(changed: (user: ListedUser) => void) {
  const wire = useWire()
  const [change, setChange] = useState<TierChange>({ status: 'none' })

  const confirm = async () => {
    if (change.status !== 'asking' && change.status !== 'failed') return
    const { user, tier } = change
    setChange({ status: 'sending', user, tier, isLeft: false })
    const result = await wire.ask(
      ({ admin }, options) => admin.users[':id'].$patch({ param: { id: user.id }, json: { tier } }, options),
      parseChanged,
    )
    if (result.ok) changed(result.value.user)
    setChange((now) => {
      // Another one may have been chosen since.
      if (now.status !== 'sending' || now.user.id !== user.id || now.tier !== tier) return now
      if (result.ok) return { status: 'done', ...result.value }
      return { ...now, status: 'failed', problem: result.problem }
    })
  }

  return {
    change,
    ask: (user: ListedUser, tier: Tier) => setChange({ status: 'asking', user, tier }),
    confirm: () => void confirm(),
    cancel: () => setChange(left),
  }
}

/** What has been sent is on its way, and what is done is done. */
function left(change: TierChange): TierChange {
  if (change.status === 'sending') return { ...change, isLeft: true }
  return change.status === 'done' ? change : { status: 'none' }
}

function parseChanged(body: unknown): { user: ListedUser; from: Tier | null } | null {
  if (!isRecord(body)) return null
  const user = parseListedUser(body.user)
  const from = parseTier(body.from)
  return user && { user, from: from === user.tier ? null : from }
}
