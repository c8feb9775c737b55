/** Clerk's own pages for name, addresses, password, devices and deletion. */
import { UserProfile } from '@clerk/react'
import { FormSkeleton } from '../auth/AuthLayout.tsx'
import { useTitle } from '../ui/useTitle.ts'

export default function ProfilePage() {
  useTitle('Profile')
  return (
    <div className="grid min-h-[46rem] grid-cols-[minmax(0,auto)] place-items-start justify-center py-8 sm:py-12">
      <h1 className="sr-only">Profile</h1>
      <UserProfile routing="path" path="/account/profile" fallback={<FormSkeleton />} />
    </div>
  )
}
