/** The frame around Clerk's forms: as high as the form will be, so that nothing jumps when it arrives. */
import { ClerkFailed, ClerkLoaded, ClerkLoading } from '@clerk/react'
import type { ReactNode } from 'react'
import { ClerkUnavailable } from '../shell/ClerkUnavailable.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'

export function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <div className="grid min-h-[38rem] grid-cols-[minmax(0,auto)] place-items-start justify-center pt-10 pb-6 sm:pt-16">
      <ClerkLoading>
        <FormSkeleton />
      </ClerkLoading>
      <ClerkLoaded>{children}</ClerkLoaded>
      <ClerkFailed>
        <ClerkUnavailable />
      </ClerkFailed>
    </div>
  )
}

/** While Clerk's script is on its way. */
export function FormSkeleton() {
  return (
    <div
      className="w-[25rem] max-w-full space-y-6 rounded-2xl border border-line bg-surface p-8"
      aria-busy="true"
    >
      <span className="sr-only">Loading the form</span>
      <p className="text-center text-xl">
        <Skeleton className="w-40" />
      </p>
      <p className="text-4xl">
        <Skeleton className="w-full" />
      </p>
      <p className="text-4xl">
        <Skeleton className="w-full" />
      </p>
    </div>
  )
}
