/** What the page is called: by the tab, by the history, and by a screen reader when somebody has come to it. */
import { useLayoutEffect } from 'react'
import { Store } from './store.ts'

class PageTitle extends Store<string | null> {
  /** Whether any page has been there yet. */
  wasTold = false

  tell(title: string | null): void {
    document.title = title === null || title === NAME ? NAME : `${title} · ${NAME}`
    this.wasTold ||= title !== null
    this.set(title)
  }
}

const NAME = 'SwarAI'

/** Null while no page is there. */
export const pageTitle = new PageTitle(null)

export function useTitle(title = NAME) {
  // Not `useEffect`: that ends only when the next page’s code has come, and until then the old one is hidden.
  useLayoutEffect(() => {
    pageTitle.tell(title)
    return () => pageTitle.tell(null)
  }, [title])
}
