/** A {@link Reader} for a component that lives as long as its user. */
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { pageClock } from '../ui/pageClock.ts'
import { whenBack } from '../ui/whenBack.ts'
import { isForbidden, type Merge, Reader, type Reading, type Source } from './reader.ts'
import { useWire } from './useWire.ts'

export type { Reading } from './reader.ts'

const isSeen = () => document.visibilityState === 'visible'
const PAGE = { ...pageClock, isSeen }

interface Options<T> {
  /** Read again whenever this changes. */
  after?: unknown
  /** Read again this often while somebody looks; without it only when it may have changed. */
  everyMs?: (reading: Reading<T>) => number
  /** A constant. */
  merge?: Merge<T>
}

/** @param source a constant, or a memo of what it depends on; null while there is nothing to be read yet */
export function useReading<T>(source: Source<T> | null, { after, everyMs, merge }: Options<T> = {}) {
  const wire = useWire()
  const reader = useMemo(() => new Reader<T>(wire, PAGE, merge), [wire, merge])
  const reading = useSyncExternalStore(reader.subscribe, () => reader.state)

  // biome-ignore lint/correctness/useExhaustiveDependencies: `after` is a reason to read, and nothing that is read with
  useEffect(() => {
    reader.look(source)
    return reader.stop
  }, [reader, source, after])

  useEffect(() => whenBack(reader.wake), [reader])

  const pauseMs = isForbidden(reading) ? undefined : everyMs?.(reading)
  useEffect(() => {
    if (pauseMs === undefined) return
    const timer = setInterval(() => void (isSeen() && reader.read()), pauseMs)
    return () => clearInterval(timer)
  }, [reader, pauseMs])

  return { reading, readNow: reader.read, change: reader.change }
}
