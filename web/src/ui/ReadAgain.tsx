/** Asks once more for what could not be read. */
import { LoaderCircle } from 'lucide-react'
import { useLayoutEffect, useRef, useState } from 'react'

interface Props {
  className: string
  /** What it returns is waited for. */
  readNow: () => unknown
}

/** When it goes, what stands around it takes the focus, so that nobody at a keyboard is sent back to the start. */
export function ReadAgain({ className, readNow }: Props) {
  const [isReading, setReading] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  // At the end of a layout effect the button is still in the document.
  useLayoutEffect(() => {
    const element = button.current
    const around = element?.closest<HTMLElement>('[tabindex="-1"]')
    return () => {
      if (element && element === document.activeElement) around?.focus({ preventScroll: true })
    }
  }, [])
  const read = async () => {
    if (isReading) return
    setReading(true)
    await readNow()
    setReading(false)
  }
  return (
    <button
      ref={button}
      type="button"
      className={className}
      aria-disabled={isReading}
      onClick={() => void read()}
    >
      {isReading && <LoaderCircle aria-hidden className="size-4 motion-safe:animate-spin" />}
      Read it again
    </button>
  )
}
