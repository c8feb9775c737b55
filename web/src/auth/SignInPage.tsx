/** Clerk’s form for who has an account, in the page’s frame. */
import { SignIn } from '@clerk/react'
import { useTitle } from '../ui/useTitle.ts'
import { AuthLayout, FormSkeleton } from './AuthLayout.tsx'

export default function SignInPage() {
  useTitle('Sign in')
  return (
    <AuthLayout>
      <SignIn routing="path" path="/sign-in" signUpUrl="/sign-up" fallback={<FormSkeleton />} />
    </AuthLayout>
  )
}
