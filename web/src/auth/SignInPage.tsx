import { SignIn } from '@clerk/react'
import { AuthLayout, FormSkeleton } from './AuthLayout.tsx'

export default function SignInPage() {
  return (
    <AuthLayout>
      <SignIn routing="path" path="/sign-in" signUpUrl="/sign-up" fallback={<FormSkeleton />} />
    </AuthLayout>
  )
}
