/** One of a few pages side by side; the one that is shown is known by more than its colour. */
import { Link } from 'wouter'

interface Props {
  href: string
  label: string
  isHere: boolean
  look?: string
}

export function PageLink({ href, label, isHere, look = '' }: Props) {
  return (
    <Link
      href={href}
      aria-current={isHere ? 'page' : undefined}
      className={`${look} rounded-lg px-2.5 py-2 font-medium transition-colors max-[22.5rem]:px-1.5 sm:px-3 ${isHere ? 'bg-brand-wash text-brand' : 'text-soft hover:text-ink'}`}
    >
      {label}
    </Link>
  )
}
