/**
 * A thread that holds still. It is laid out from its end (`flex-direction: column-reverse`), so that its end is where it
 * rests: what grows there pushes upwards, and older messages appear above without anything moving. Only for somebody who
 * has scrolled up must a growing reply be kept from pushing what they read.
 */
import { type RefObject, useCallback, useEffect, useState } from 'react'

/** Nearer to the end than this, one is at the end. */
const NEAR_PX = 48

/** Older messages are asked for before their end is reached. */
const AHEAD = '800px 0px 0px 0px'

interface Options {
  scroller: RefObject<HTMLElement | null>
  /** The turn at the end: what grows. */
  growing: RefObject<HTMLElement | null>
  /** Stands above the oldest message, when there are older ones. */
  top: RefObject<HTMLElement | null>
  readOlder: () => void
  /** Changes with what is shown, so that it is watched anew. */
  version: string
}

export function useScroller({ scroller, growing, top, readOlder, version }: Options) {
  const [isAway, setAway] = useState(false)

  useEffect(() => {
    const pane = scroller.current
    if (!pane) return
    const look = () => setAway(distance(pane) > NEAR_PX)
    pane.addEventListener('scroll', look, { passive: true })
    return () => pane.removeEventListener('scroll', look)
  }, [scroller])

  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn at the end is another element behind the same ref
  useEffect(() => {
    const pane = scroller.current
    const element = growing.current
    if (!pane || !element) return
    let height = element.offsetHeight
    const observer = new ResizeObserver(() => {
      const grown = element.offsetHeight - height
      height = element.offsetHeight
      if (distance(pane) > NEAR_PX) pane.scrollTop -= grown
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [scroller, growing, version])

  // biome-ignore lint/correctness/useExhaustiveDependencies: after every page the question is asked anew
  useEffect(() => {
    const sentinel = top.current
    if (!sentinel) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && readOlder(), {
      root: scroller.current,
      rootMargin: AHEAD,
    })
    observer.observe(sentinel)
    return () => observer.disconnect()
  }, [scroller, top, readOlder, version])

  // At once: on a smooth ride what grows meanwhile, or is drawn for the first time, would end it somewhere else.
  const toEnd = useCallback(() => scroller.current?.scrollTo({ top: 0, behavior: 'instant' }), [scroller])
  return { isAway, toEnd }
}

/** From the end; in a reversed column positions are negative. */
const distance = (pane: HTMLElement) => -pane.scrollTop
