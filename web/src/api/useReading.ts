/**
 * Something that the API tells, read again when somebody comes back to the page, or by itself; for a component that lives
 * as long as its user.
 */
import { useSession } from '@clerk/react'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Problem } from './problem.ts'
import { type Answer, read, type Source } from './read.ts'

export type Reading<T> =
  | { status: 'loading' }
  /** `problem`: it could not be read again, so that what is shown is old. */
  | { status: 'loaded'; value: T; readAt: number; problem: Problem | null }
  | { status: 'failed'; problem: Problem }

interface Options<T> {
  /** Read again whenever this changes. */
  after?: unknown
  /** Read again this often while somebody looks; never by itself without it. */
  everyMs?: (reading: Reading<T>) => number
  /** What to keep of what was read before. */
  merge?: (before: T, read: T) => T
}

/** @param source a constant, or a memo of what it depends on; null while there is nothing to be read yet */
export function useReading<T>(source: Source<T> | null, { after, everyMs, merge }: Options<T> = {}) {
  const { session } = useSession()
  const [reading, setReading] = useState<Reading<T>>({ status: 'loading' })
  const newest = useRef(new AbortController())
  const sessionId = session?.id

  // biome-ignore lint/correctness/useExhaustiveDependencies: the session object is renewed with every token; its id is what matters
  const readNow = useCallback(async () => {
    if (!session || !source) return
    newest.current.abort()
    const turn = new AbortController()
    newest.current = turn
    const answer = await read(source, () => session.getToken(), turn.signal)
    if (!turn.signal.aborted) setReading((before) => next(before, answer, merge))
  }, [sessionId, source, merge])

  // biome-ignore lint/correctness/useExhaustiveDependencies: `after` is a reason to read, and nothing that is read with
  useEffect(() => {
    void readNow()
    const whenSeen = () => void (document.visibilityState === 'visible' && readNow())
    document.addEventListener('visibilitychange', whenSeen)
    return () => {
      document.removeEventListener('visibilitychange', whenSeen)
      newest.current.abort()
    }
  }, [readNow, after])

  const pauseMs = isForbidden(reading) ? undefined : everyMs?.(reading)
  useEffect(() => {
    if (pauseMs === undefined) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void readNow()
    }, pauseMs)
    return () => clearInterval(timer)
  }, [readNow, pauseMs])

  /** Puts in what has been learned in another way. */
  const change = useCallback((apply: (value: T) => T) => {
    setReading((before) => (before.status === 'loaded' ? { ...before, value: apply(before.value) } : before))
  }, [])

  return { reading, readNow, change }
}

/** An old answer is worth more than none, but not to somebody who may no longer have it. */
function next<T>(
  before: Reading<T>,
  answer: Answer<T>,
  merge: (before: T, read: T) => T = (_, value) => value,
): Reading<T> {
  if (answer.ok) {
    const value = before.status === 'loaded' ? merge(before.value, answer.value) : answer.value
    return { status: 'loaded', value, readAt: Date.now(), problem: null }
  }
  const failed = { status: 'failed', problem: answer.problem } as const
  return before.status === 'loaded' && !isForbidden(failed) ? { ...before, problem: answer.problem } : failed
}

export const isForbidden = (reading: Reading<unknown>) =>
  reading.status === 'failed' && reading.problem.code === 'forbidden'
