/** The list of users for a search: its beginning, and more of it on demand. */
import { useEffect, useMemo, useRef, useState } from 'react'
import type { Problem } from '../../api/problem.ts'
import type { Source } from '../../api/reader.ts'
import { useReading } from '../../api/useReading.ts'
import { useWire } from '../../api/useWire.ts'
import { type Listed, type ListedUser, parseListed, withBeginning, withChanged, withMore } from './listed.ts'

export type More = { status: 'idle' } | { status: 'reading' } | { status: 'failed'; problem: Problem }

const listOf = (search: string, cursor?: string): Source<Listed> => ({
  ask: ({ admin }, options) =>
    admin.users.$get({ query: { ...(search && { query: search }), ...(cursor && { cursor }) } }, options),
  parse: (body) => parseListed(body, search),
})

export function useUsers(search: string) {
  const wire = useWire()
  const source = useMemo(() => listOf(search), [search])
  const { reading, readNow, change } = useReading(source, { merge: withBeginning })
  const [more, setMore] = useState<More>({ status: 'idle' })
  const turn = useRef(new AbortController())

  // biome-ignore lint/correctness/useExhaustiveDependencies: another search is the reason, and the end of what was asked for the one before
  useEffect(() => {
    setMore({ status: 'idle' })
    return () => turn.current.abort()
  }, [search])

  const readMore = async () => {
    const listed = reading.status === 'loaded' ? reading.value : null
    if (!listed?.nextCursor || listed.search !== search || more.status === 'reading') return
    turn.current = new AbortController()
    const { signal } = turn.current
    setMore({ status: 'reading' })
    const { ask, parse } = listOf(search, listed.nextCursor)
    const answer = await wire.ask(ask, parse, signal)
    if (signal.aborted) return
    setMore(answer.ok ? { status: 'idle' } : { status: 'failed', problem: answer.problem })
    if (answer.ok) change((value) => withMore(value, answer.value))
  }

  return {
    reading,
    readNow,
    more,
    readMore,
    replace: (user: ListedUser) => change((value) => withChanged(value, user)),
  }
}
