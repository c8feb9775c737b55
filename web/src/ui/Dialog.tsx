/** The browser's own modal dialog: it holds the focus, closes on Escape, and gives the focus back. */
import { type ReactNode, useLayoutEffect, useRef } from 'react'

interface Props {
  label: string
  /** The id of what says more. */
  describedBy?: string
  className: string
  /** It has been closed, or should be. */
  close: () => void
  children: ReactNode
}

/** Open for as long as it is there. */
export function Dialog({ label, describedBy, className, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  // Closed while it is still in the document: only then does the focus go back.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does for the keyboard what a click beside it does for a pointer
    <dialog
      ref={dialog}
      aria-label={label}
      aria-describedby={describedBy}
      className={`backdrop:bg-[rgb(0_0_0/0.45)] ${className}`}
      // Escape, or a phone's way back, has closed it already. React lets the end of a dialog within this one bubble.
      onClose={(event) => {
        if (event.target === event.currentTarget) close()
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) close()
      }}
    >
      {children}
    </dialog>
  )
}
