import { useEffect } from 'react'

/** What the tab and the history call this page. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · SwarAI`
    return () => {
      document.title = 'SwarAI'
    }
  }, [title])
}
