/** What an account looks like here, in small: the same values on both sides. A picture, not data. */
import { Check } from 'lucide-react'
import { CARD } from '../ui/classes.ts'

const FIELDS = [
  { label: 'E-mail', value: 'ada@example.com' },
  { label: 'First name', value: 'Ada' },
  { label: 'Last name', value: 'Lovelace' },
]

export function Specimen() {
  return (
    <div
      role="img"
      aria-label="An example account: Clerk and Neon hold the same e-mail address, first name and last name."
      className={`${CARD} w-full overflow-hidden text-sm shadow-[0_24px_48px_-32px_rgb(0_0_0/0.35)]`}
    >
      <div className="grid grid-cols-[1fr_1fr_1.5rem] gap-x-4 border-b border-line bg-sunken/60 px-5 py-2.5 font-medium text-soft">
        <span>Clerk</span>
        <span>Neon</span>
      </div>
      {FIELDS.map(({ label, value }) => (
        <div
          key={label}
          className="grid grid-cols-[1fr_1fr_1.5rem] items-center gap-x-4 border-line px-5 py-3 not-last:border-b"
        >
          <span className="col-span-3 mb-0.5 text-xs text-soft">{label}</span>
          <span className="truncate">{value}</span>
          <span className="truncate">{value}</span>
          <span className="grid size-6 place-items-center rounded-full bg-good-wash text-good">
            <Check className="size-3.5" strokeWidth={2.5} />
          </span>
        </div>
      ))}
    </div>
  )
}
