/** A page that has one thing to say: what happened, and what to do about it. */
import type { ReactNode } from 'react'

interface Props {
  title: string
  children: ReactNode
  action?: ReactNode
}

export function Message({ title, children, action }: Props) {
  return (
    <div className="mx-auto flex max-w-xl flex-col gap-5 py-20 sm:py-28">
      <h1 className="font-display text-4xl leading-tight tracking-tight">{title}</h1>
      <div className="space-y-3 leading-relaxed text-soft">{children}</div>
      {action && <div className="pt-2">{action}</div>}
    </div>
  )
}
