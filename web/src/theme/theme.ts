/** The chosen theme: stored on this device, followed by every tab. */
import { useSyncExternalStore } from 'react'
import { Store } from '../ui/store.ts'

export type Theme = 'light' | 'dark' | 'system'

/** early.ts reads the same key. */
const STORAGE_KEY = 'swarai.theme'

class ChosenTheme extends Store<Theme> {
  choose(theme: Theme): void {
    show(theme)
    this.set(theme)
  }
}

const chosen = new ChosenTheme(stored())
show(chosen.state)

export function useTheme(): [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(chosen.subscribe, () => chosen.state), chooseTheme]
}

function chooseTheme(theme: Theme) {
  try {
    if (theme === 'system') localStorage.removeItem(STORAGE_KEY)
    else localStorage.setItem(STORAGE_KEY, theme)
  } catch {
    // Storage is blocked: the choice holds until the page is closed.
  }
  chosen.choose(theme)
}

function show(theme: Theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  // What a phone paints around the page.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const { for: painted } = meta.dataset
    meta.media =
      theme === 'system' ? `(prefers-color-scheme: ${painted})` : painted === theme ? 'all' : 'not all'
  }
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
  if (event.key === STORAGE_KEY) chosen.choose(stored())
})
