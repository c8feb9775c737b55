/** The report, read again by itself while somebody looks at it; for a component that lives as long as its user. */
import { useSession } from '@clerk/react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { bearer } from '../api/client.ts'
import { badAnswer, NO_TOKEN, type Problem, readProblem, UNREACHABLE } from '../api/problem.ts'
import { api } from '../users/useUserSync.ts'
import { parseReport, type Report } from './report.ts'

export type Reading =
  | { status: 'loading' }
  /** `problem`: it could not be read again, so that what is shown is old. */
  | { status: 'loaded'; report: Report; readAt: number; problem: Problem | null }
  | { status: 'forbidden' }
  | { status: 'failed'; problem: Problem }

/** Somebody who has just mended something looks this long without reloading. */
const EVERY_MS = 15_000

/** A pass moves on in steps of seconds; who waits for a long one need not see each. */
const WHILE_RUNNING_MS = 3_000
const SHORT_PASS_MS = 10 * 60_000

const DEADLINE_MS = 15_000

export function useReport() {
  const { session } = useSession()
  const [reading, setReading] = useState<Reading>({ status: 'loading' })
  const newest = useRef(new AbortController())
  const sessionId = session?.id

  // biome-ignore lint/correctness/useExhaustiveDependencies: the session object is renewed with every token; its id is what matters
  const readNow = useCallback(async () => {
    if (!session) return
    newest.current.abort()
    const turn = new AbortController()
    newest.current = turn
    const signal = AbortSignal.any([turn.signal, AbortSignal.timeout(DEADLINE_MS)])
    const read = await readReport(() => session.getToken(), signal)
    if (!turn.signal.aborted)
      setReading((before) => (read.status === 'failed' ? keep(before, read.problem) : read))
  }, [sessionId])

  useEffect(() => {
    void readNow()
    const whenSeen = () => void (document.visibilityState === 'visible' && readNow())
    document.addEventListener('visibilitychange', whenSeen)
    return () => {
      document.removeEventListener('visibilitychange', whenSeen)
      newest.current.abort()
    }
  }, [readNow])

  const everyMs = isRunning(reading) ? WHILE_RUNNING_MS : EVERY_MS
  const isOver = reading.status === 'forbidden'
  useEffect(() => {
    if (isOver) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void readNow()
    }, everyMs)
    return () => clearInterval(timer)
  }, [readNow, everyMs, isOver])

  return { reading, readNow }
}

/** An old report is worth more than none. */
function keep(before: Reading, problem: Problem): Reading {
  return before.status === 'loaded' ? { ...before, problem } : { status: 'failed', problem }
}

/** The two clocks may differ by some seconds, which matters to nobody here. */
const isRunning = (reading: Reading) =>
  reading.status === 'loaded' &&
  reading.report.passes.some(
    ({ status, startedAt }) => status === 'running' && reading.readAt - startedAt < SHORT_PASS_MS,
  )

async function readReport(getToken: () => Promise<string | null>, signal: AbortSignal): Promise<Reading> {
  try {
    const token = await getToken()
    if (token === null) return { status: 'failed', problem: NO_TOKEN }
    const response = await api.api.admin.sync.$get({}, { headers: bearer(token), init: { signal } })
    if (!response.ok) {
      const problem = await readProblem(response)
      return problem.code === 'forbidden' ? { status: 'forbidden' } : { status: 'failed', problem }
    }
    const body: unknown = await response.json().catch(() => null)
    const report = parseReport(body)
    if (!report) return { status: 'failed', problem: badAnswer(response) }
    return { status: 'loaded', report, readAt: Date.now(), problem: null }
  } catch {
    return { status: 'failed', problem: UNREACHABLE }
  }
}
