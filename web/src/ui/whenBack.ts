/** The moments at which what a page shows may have become old: somebody comes back to it, or the network does. */
export function whenBack(listener: () => void): () => void {
  const whenSeen = () => {
    if (document.visibilityState === 'visible') listener()
  }
  addEventListener('online', listener)
  document.addEventListener('visibilitychange', whenSeen)
  return () => {
    removeEventListener('online', listener)
    document.removeEventListener('visibilitychange', whenSeen)
  }
}
