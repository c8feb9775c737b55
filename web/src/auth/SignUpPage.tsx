/** Clerk’s form for who has none yet, in the page’s frame. */
import { SignUp } from '@clerk/react'
import { useTitle } from '../ui/useTitle.ts'
import { AuthLayout, FormSkeleton } from './AuthLayout.tsx'

export default function SignUpPage() {
  useTitle('Sign up')
  return (
    <AuthLayout>
      <SignUp routing="path" path="/sign-up" signInUrl="/sign-in" fallback={<FormSkeleton />} />
    </AuthLayout>
  )
}
