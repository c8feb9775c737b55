/** Where somebody wanted to go who is not signed in: it travels as Clerk's own parameter, and signing in ends there. */

/** Back after a sign-out leads to pages of whoever has signed out, and the next person has not asked for them. */
let isByHistory = performance
  .getEntriesByType('navigation')
  .some((entry) => 'type' in entry && entry.type === 'back_forward')

addEventListener('popstate', () => {
  isByHistory = true
})
// wouter's word for a link that has been followed.
addEventListener('pushState', () => {
  isByHistory = false
})

export function signInUrl(): string {
  if (isByHistory) return '/sign-in'
  return `/sign-in?redirect_url=${encodeURIComponent(location.pathname + location.search)}`
}
