/**
 * Runs before the first paint, as a script of its own: applies a stored choice of theme, so that nobody who chose
 * dark is met by white. It must import nothing (it would stop being a classic script), hence its own copy of the key
 * in theme.ts.
 */
try {
  const stored = localStorage.getItem('swarai.theme')
  if (stored === 'light' || stored === 'dark') document.documentElement.dataset.theme = stored
} catch {
  // Storage is blocked: the system's theme is the answer.
}
