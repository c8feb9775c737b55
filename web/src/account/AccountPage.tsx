/** The account as Clerk has it and as Neon has it, whether the two are in step, and what has been used of it. */
import type { SignedIn } from '../auth/Gate.tsx'
import { useTitle } from '../ui/useTitle.ts'
import type { User } from '../users/user.ts'
import { Comparison } from './Comparison.tsx'
import { compare } from './comparison.ts'
import { PlanCard } from './PlanCard.tsx'
import { SyncCard } from './SyncCard.tsx'
import { UsageCard } from './UsageCard.tsx'
import { type AccountReading, useAccount } from './useAccount.ts'
import { useUsage } from './useUsage.ts'

export default function AccountPage({ user, sync, syncNow }: SignedIn) {
  useTitle('Account')
  const account = useAccount(sync)
  const usage = useUsage(sync)
  const neon = sync.status === 'signed-out' ? null : sync.user
  const rows = compare(clerkFields(user), withNewestTier(neon, account.reading))
  const waiting = sync.status === 'failed' ? 'for-sync' : 'no'
  return (
    <div className="space-y-5 py-8 sm:space-y-6 sm:py-12">
      <h1 className="font-display text-4xl tracking-tight">Account</h1>
      <SyncCard
        sync={sync}
        syncNow={syncNow}
        differing={rows.filter(({ verdict }) => verdict === 'differs').length}
      />
      <div className="grid grid-cols-1 gap-5 sm:gap-6 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <UsageCard usage={usage.reading} waiting={waiting} readAgain={usage.readNow} />
        <PlanCard account={account.reading} waiting={waiting} readAgain={account.readNow} />
      </div>
      <Comparison rows={rows} pending={sync.status === 'syncing'} />
    </div>
  )
}

/** No sync carries a tier that an admin has changed since; the plan is read oftener. */
function withNewestTier(neon: User | null, account: AccountReading): User | null {
  const isSame = account.status === 'loaded' && account.value.user.id === neon?.id
  return neon && isSame ? { ...neon, tier: account.value.user.tier } : neon
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
