/** That the account is gone. Calm, because it is usually what the reader wanted; clear, because sometimes it is not. */
import { UserRoundX } from 'lucide-react'
import { SIGNED_OUT_DELETED } from '../users/syncState.ts'
import { syncWords } from '../users/syncWords.ts'

export function DeletedNotice() {
  const { title, detail } = syncWords(SIGNED_OUT_DELETED)
  return (
    <section className="mt-6 flex gap-3 rounded-xl border border-line bg-sunken px-4 py-3.5">
      <UserRoundX aria-hidden className="mt-0.5 size-5 shrink-0 text-soft" />
      <div>
        <h2 className="font-semibold">{title}</h2>
        <p className="mt-0.5 text-soft">{detail}</p>
      </div>
    </section>
  )
}
