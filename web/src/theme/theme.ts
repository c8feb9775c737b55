/** The chosen theme: stored on this device, followed by every tab. */
import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark' | 'system'

/** early.ts reads the same key. */
const STORAGE_KEY = 'swarai.theme'

const listeners = new Set<() => void>()
let chosen = stored()

export function useTheme(): [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, () => chosen), chooseTheme]
}

function chooseTheme(theme: Theme) {
  try {
    if (theme === 'system') localStorage.removeItem(STORAGE_KEY)
    else localStorage.setItem(STORAGE_KEY, theme)
  } catch {
    // Storage is blocked: the choice holds until the page is closed.
  }
  apply(theme)
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function apply(theme: Theme) {
  chosen = theme
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  for (const listener of listeners) listener()
}

function stored(): Theme {
  try {
    const value = localStorage.getItem(STORAGE_KEY)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system'
  }
}

addEventListener('storage', (event) => {
  if (event.key === STORAGE_KEY) apply(stored())
})
