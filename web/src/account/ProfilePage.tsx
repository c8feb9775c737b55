import { UserProfile } from '@clerk/react'
import { FormSkeleton } from '../auth/AuthLayout.tsx'

/** Clerk's own pages for name, addresses, password, devices and deletion. */
export default function ProfilePage() {
  return (
    <div className="grid min-h-[46rem] place-items-start justify-center py-8 sm:py-12">
      <h1 className="sr-only">Profile</h1>
      <UserProfile routing="path" path="/account/profile" fallback={<FormSkeleton />} />
    </div>
  )
}
