/** A change of tier: chosen, confirmed, done or not. */
import { useSession } from '@clerk/react'
import { useState } from 'react'
import { isRecord } from '../../api/json.ts'
import type { Problem } from '../../api/problem.ts'
import { read } from '../../api/read.ts'
import type { Tier } from '../../users/tiers.ts'
import { api } from '../../users/useUserSync.ts'
import { type Person, parsePerson } from './person.ts'

export type TierChange =
  | { status: 'none' }
  | { status: 'asking' | 'sending'; person: Person; tier: Tier }
  | { status: 'failed'; person: Person; tier: Tier; problem: Problem }
  /** `from`: what it was. */
  | { status: 'done'; person: Person; from: Tier }

/** @param changed is told the user as they are then */
export function useTierChange(changed: (person: Person) => void) {
  const { session } = useSession()
  const [change, setChange] = useState<TierChange>({ status: 'none' })

  const confirm = async () => {
    if (change.status !== 'asking' && change.status !== 'failed') return
    const { person, tier } = change
    setChange({ status: 'sending', person, tier })
    const answer = await read(
      {
        ask: (options) =>
          api.api.admin.users[':id'].$patch({ param: { id: person.id }, json: { tier } }, options),
        parse: (body) => (isRecord(body) ? parsePerson(body.user) : null),
      },
      async () => (await session?.getToken()) ?? null,
    )
    if (!answer.ok) return setChange({ status: 'failed', person, tier, problem: answer.problem })
    changed(answer.value)
    setChange({ status: 'done', person: answer.value, from: person.tier })
  }

  return {
    change,
    ask: (person: Person, tier: Tier) => setChange({ status: 'asking', person, tier }),
    confirm: () => void confirm(),
    cancel: () => setChange({ status: 'none' }),
  }
}
