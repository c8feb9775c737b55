/** The page's own time and luck, for whatever takes them as an argument. */
export const pageClock = {
  now: Date.now,
  random: Math.random,
  /** @returns what cancels it */
  after(delayMs: number, run: () => void) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}
