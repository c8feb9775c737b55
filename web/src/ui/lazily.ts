/** A component whose code comes when it is first drawn, and which can be asked for again when it did not come. */
import { type ComponentType, createElement, lazy } from 'react'

/**
 * - `unreachable`: nothing was asked of the browser yet, so that the next attempt is as good as the first
 * - `renewed`: what this page was made of has been replaced by a new version
 * - `broken`: the browser remembers the failure of an import until the page is loaded anew
 */
export type WhyNotLoaded = 'unreachable' | 'renewed' | 'broken'

export class NotLoaded extends Error {
  override name = 'NotLoaded'
  readonly why: WhyNotLoaded
  /** Lets the component be asked for anew the next time it is drawn. */
  readonly forget: () => void

  constructor(why: WhyNotLoaded, forget: () => void, cause?: unknown) {
    super(`the code could not be loaded: ${why}`, { cause })
    this.why = why
    this.forget = forget
  }
}

export function lazily<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) {
  const attempt = () =>
    lazy(async () => {
      const why = await whatPrevents()
      if (why) throw new NotLoaded(why, forget)
      return load().catch((cause: unknown) => {
        throw new NotLoaded('broken', forget, cause)
      })
    })
  let Loaded: ComponentType<Props> = attempt()
  function forget() {
    Loaded = attempt()
  }
  return function Lazily(props: Props) {
    return createElement(Loaded, props)
  }
}

/**
 * An import that fails is never tried again by the browser, whatever has become of the network. So the page's own script
 * is asked for first: it is there as long as this version is.
 */
export async function whatPrevents(): Promise<WhyNotLoaded | null> {
  // Everything else has only just arrived.
  if (document.readyState !== 'complete') return null
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src]')
  if (!script) return null
  try {
    const answer = await fetch(script.src, { method: 'HEAD', cache: 'no-store' })
    return answer.ok ? null : answer.status === 404 ? 'renewed' : 'unreachable'
  } catch {
    return 'unreachable'
  }
}
