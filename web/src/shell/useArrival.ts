/**
 * What a browser does when it goes to another page, for pages that come without it: the focus and the eye are at the
 * beginning of the new one, and a screen reader says which it is.
 */
import { type RefObject, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { pageTitle } from '../ui/useTitle.ts'

let isByHistory = false
addEventListener('popstate', () => {
  isByHistory = true
})

/** @returns what is to be said */
export function useArrival(main: RefObject<HTMLElement | null>): string {
  const page = pageOf(useLocation()[0])
  const [spoken, setSpoken] = useState('')
  const shown = useRef(page)

  useEffect(() => {
    if (shown.current === page) return
    shown.current = page
    // Led on from where the page was loaded: that is no going either.
    if (!pageTitle.wasTold) return
    begin(main.current)
    // Whatever a page calls itself later, as a conversation does when another one is chosen, is no arrival.
    const say = () => {
      if (pageTitle.state === null) return false
      setSpoken(pageTitle.state)
      return true
    }
    if (say()) return
    const unsubscribe = pageTitle.subscribe(() => say() && unsubscribe())
    return unsubscribe
  }, [page, main])

  return spoken
}

function begin(main: HTMLElement | null) {
  // Back and forward, the browser itself finds the place where somebody was.
  if (!isByHistory) scrollTo({ top: 0, behavior: 'instant' })
  isByHistory = false
  const focused = document.activeElement
  // A page may have put it where it is needed already.
  const isInField = main?.contains(focused) && focused?.matches('input, textarea')
  if (!isInField) main?.focus({ preventScroll: true })
}

/** One conversation or another, one step of signing in or another: it is the same page. */
const pageOf = (path: string) =>
  path.match(/^\/(?:chat|sign-in|sign-up|account\/profile)(?=\/|$)/)?.[0] ?? path
