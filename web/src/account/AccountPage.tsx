/** The account as Clerk has it and as Neon has it, and whether the two are in step. */
import type { SignedIn } from '../auth/Gate.tsx'
import { useTitle } from '../ui/useTitle.ts'
import { Comparison } from './Comparison.tsx'
import { compare } from './comparison.ts'
import { PlanCard } from './PlanCard.tsx'
import { SyncCard } from './SyncCard.tsx'
import { useAccount } from './useAccount.ts'

export default function AccountPage({ user, sync, syncNow }: SignedIn) {
  useTitle('Account')
  const { account, readAgain } = useAccount(sync)
  const neon = sync.status === 'signed-out' ? null : sync.user
  const rows = compare(clerkFields(user), neon)
  return (
    <div className="space-y-5 py-8 sm:space-y-6 sm:py-12">
      <h1 className="font-display text-4xl tracking-tight">Account</h1>
      <div className="grid gap-5 sm:gap-6 lg:grid-cols-[1fr_19rem]">
        <SyncCard
          sync={sync}
          syncNow={syncNow}
          differing={rows.filter(({ verdict }) => verdict === 'differs').length}
        />
        <PlanCard
          account={account}
          waiting={sync.status === 'failed' ? 'for-sync' : 'no'}
          readAgain={readAgain}
        />
      </div>
      <Comparison rows={rows} pending={sync.status === 'syncing'} />
    </div>
  )
}

function clerkFields(user: SignedIn['user']) {
  const { id, firstName, lastName, imageUrl, createdAt, updatedAt, primaryEmailAddress } = user
  return {
    id,
    email: primaryEmailAddress?.emailAddress ?? null,
    firstName,
    lastName,
    imageUrl,
    createdAt,
    updatedAt,
  }
}
