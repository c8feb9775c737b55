import { SignUp } from '@clerk/react'
import { AuthLayout, FormSkeleton } from './AuthLayout.tsx'

export default function SignUpPage() {
  return (
    <AuthLayout>
      <SignUp routing="path" path="/sign-up" signInUrl="/sign-in" fallback={<FormSkeleton />} />
    </AuthLayout>
  )
}
