/** The report, read again by itself while somebody looks at it. */
import { useEffect, useState } from 'react'
import type { Reading, Source } from '../api/reader.ts'
import { useReading } from '../api/useReading.ts'
import { parseReport, type Report } from './report.ts'

/** Somebody who has just mended something looks this long without reloading. */
const EVERY_MS = 15_000

/** A pass moves on in steps of seconds; who waits for a long one need not see each. */
const WHILE_RUNNING_MS = 3_000
const SHORT_PASS_MS = 10 * 60_000

/** A pass that has been asked for is seen to begin well within this. */
const EXPECT_MS = 20_000

const REPORT: Source<Report> = {
  ask: ({ admin }, options) => admin.sync.$get({}, options),
  parse: parseReport,
}

export function useReport() {
  const [isExpecting, setExpecting] = useState(false)
  const { reading, readNow } = useReading(REPORT, {
    everyMs: (shown) => (isExpecting || isRunning(shown) ? WHILE_RUNNING_MS : EVERY_MS),
  })
  useEffect(() => {
    if (!isExpecting) return
    const timer = setTimeout(() => setExpecting(false), EXPECT_MS)
    return () => clearTimeout(timer)
  }, [isExpecting])
  const expectPass = () => {
    setExpecting(true)
    void readNow()
  }
  return { reading, readNow, expectPass }
}

/** The two clocks may differ by some seconds, which matters to nobody here. */
const isRunning = (reading: Reading<Report>) =>
  reading.status === 'loaded' &&
  reading.value.passes.some(
    ({ status, startedAt }) => status === 'running' && reading.readAt - startedAt < SHORT_PASS_MS,
  )
