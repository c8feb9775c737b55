/** For visitors: what SwarAI is, honestly, and the two ways in. */
import { ArrowRight, Database, Fingerprint, ShieldCheck } from 'lucide-react'
import { Link } from 'wouter'
import { BUTTONS } from '../ui/classes.ts'
import { useTitle } from '../ui/useTitle.ts'
import { Waves } from '../ui/Waves.tsx'
import { DeletedNotice } from './DeletedNotice.tsx'
import { Specimen } from './Specimen.tsx'

const PROMISES = [
  {
    Icon: Fingerprint,
    title: 'You sign in with Clerk',
    text: 'Your password, your e-mail address and your sessions are kept by people who do nothing else.',
  },
  {
    Icon: Database,
    title: 'Neon holds your account',
    text: 'One row, written the moment you sign up and again whenever you change something.',
  },
  {
    Icon: ShieldCheck,
    title: 'The two never disagree',
    text: 'The newest change wins in any order, deleting is for ever, and you can see both sides field by field.',
  },
]

export function Landing({ deleted }: { deleted: boolean }) {
  useTitle()
  return (
    <div className="pb-10">
      {deleted && <DeletedNotice />}
      <section className="grid grid-cols-[minmax(0,1fr)] items-center gap-x-16 gap-y-12 pt-14 pb-8 sm:pt-20 lg:grid-cols-[1fr_25rem] lg:pb-12">
        <div>
          <h1 className="font-display text-[min(2.5rem,12vw)] leading-[1.1] tracking-tight sm:text-[3.4rem]">
            An AI chat whose account is always in tune.
          </h1>
          <p className="mt-6 max-w-xl text-lg leading-relaxed text-soft">
            Ask, and read the answer while it is being written. Your conversations are kept for you alone, and
            what you change about yourself SwarAI knows at once.
          </p>
          <div className="mt-9 flex flex-wrap items-center gap-x-2 gap-y-3">
            <Link href="/sign-up" className={BUTTONS.large}>
              Create an account
              <ArrowRight aria-hidden className="size-4" />
            </Link>
            <Link href="/sign-in" className={BUTTONS.largeQuiet}>
              I already have one
            </Link>
          </div>
        </div>
        <Specimen />
      </section>
      <Waves tuning="unison" className="relative left-1/2 h-20 w-dvw -translate-x-1/2 sm:h-24" />
      <ul className="mt-8 grid gap-x-10 gap-y-8 border-t border-line pt-10 md:grid-cols-3">
        {PROMISES.map(({ Icon, title, text }) => (
          <li key={title}>
            <Icon aria-hidden className="size-5 text-brand" strokeWidth={1.75} />
            <h2 className="mt-3 font-semibold">{title}</h2>
            <p className="mt-1.5 leading-relaxed text-soft">{text}</p>
          </li>
        ))}
      </ul>
    </div>
  )
}
