/** The mark and the name, which lead home. */
import { Link } from 'wouter'
import mark from './mark.svg'

export function Brand() {
  return (
    <Link href="/" className="flex shrink-0 items-center gap-2.5 rounded-md" aria-label="SwarAI, home">
      <img src={mark} alt="" width="30" height="30" />
      <span className="hidden text-lg font-semibold tracking-tight min-[480px]:inline">SwarAI</span>
    </Link>
  )
}
