/** Waits for work no longer than a signal allows, also for work that takes no signal, as Clerk's `getToken`. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    // A stream waits once for each of its pieces, and all of them with one signal.
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
