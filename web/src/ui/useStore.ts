/** A store's state; however often it changes, it is drawn once a frame. */
import { useCallback, useSyncExternalStore } from 'react'
import type { Store } from './store.ts'

export function useStore<State>(store: Store<State>): State {
  const subscribe = useCallback(
    (listener: () => void) => {
      let frame = 0
      const unsubscribe = store.subscribe(() => {
        cancelAnimationFrame(frame)
        frame = requestAnimationFrame(listener)
      })
      return () => {
        cancelAnimationFrame(frame)
        unsubscribe()
      }
    },
    [store],
  )
  return useSyncExternalStore(subscribe, () => store.state)
}
