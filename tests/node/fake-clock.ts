/** A clock that is moved by hand, and with it whatever waits. */
export function fakeClock(now = Date.parse('2026-05-05T05:05:05Z')) {
  const timers = new Set<{ at: number; run: () => void }>()
  const clock = {
    now,
    /** The delays of what waits, shortest first. */
    waits: () => [...timers].map((timer) => timer.at - clock.now).sort((a, b) => a - b),
    after(delayMs: number, run: () => void) {
      const timer = { at: clock.now + delayMs, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async pass(ms: number) {
      clock.now += ms
      for (const timer of [...timers].filter(({ at }) => at <= clock.now)) {
        timers.delete(timer)
        timer.run()
      }
      await settled()
    },
  }
  return clock
}

/** Everything that only waits for promises has happened. */
export async function settled() {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve))
}
