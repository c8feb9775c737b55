/** The way to every page, the theme, and the way in or out. */
import { UserButton } from '@clerk/react'
import { Activity } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { ThemeSwitch } from '../theme/ThemeSwitch.tsx'
import { BUTTONS } from '../ui/classes.ts'
import { Brand } from './Brand.tsx'
import { PageLink } from './PageLink.tsx'

/** `awaited`: probably signed in, Clerk will say; their places are kept. */
export type Viewer = 'awaited' | 'signed-in' | 'signed-out'

export function Header({ viewer, isAdmin }: { viewer: Viewer; isAdmin: boolean }) {
  const [path] = useLocation()
  const isSigningIn = path.startsWith('/sign-')
  return (
    <header className="border-b border-line">
      <div className="mx-auto flex min-h-16 max-w-6xl flex-wrap items-center gap-2 px-4 py-2 max-[22.5rem]:px-3 sm:gap-6 sm:px-6">
        <Brand />
        {viewer !== 'signed-out' && <Navigation isAdmin={isAdmin} />}
        <div className="ml-auto flex items-center gap-3 max-[22.5rem]:gap-2 sm:gap-4">
          <ThemeSwitch />
          {viewer === 'signed-out' && !isSigningIn && (
            <Link href="/sign-in" className={BUTTONS.quiet}>
              Sign in
            </Link>
          )}
          {viewer !== 'signed-out' && (
            <span className="size-7 rounded-full bg-sunken">
              {viewer === 'signed-in' && (
                <UserButton userProfileMode="navigation" userProfileUrl="/account/profile">
                  {isAdmin && (
                    // A phone's header has no room for another place.
                    <UserButton.MenuItems>
                      <UserButton.Link
                        label={ADMIN.label}
                        labelIcon={<Activity aria-hidden className="size-4" />}
                        href={ADMIN.href}
                      />
                    </UserButton.MenuItems>
                  )}
                </UserButton>
              )}
            </span>
          )}
        </div>
      </div>
    </header>
  )
}

const PAGES = [
  { href: '/chat', label: 'Chat', look: '' },
  { href: '/account', label: 'Account', look: '' },
  // On a phone it is in the menu alone.
  { href: '/account/profile', label: 'Profile', look: 'max-sm:hidden' },
]
const ADMIN = { href: '/admin', label: 'Admin', look: 'max-sm:hidden' }

function Navigation({ isAdmin }: { isAdmin: boolean }) {
  const [path] = useLocation()
  return (
    <nav aria-label="Pages" className="flex flex-wrap gap-1 text-sm">
      {(isAdmin ? [...PAGES, ADMIN] : PAGES).map(({ href, label, look }) => (
        <PageLink
          key={href}
          href={href}
          look={look}
          isHere={path === href || isWithin(path, href)}
          label={label}
        />
      ))}
    </nav>
  )
}

/** What is below the account has an entry of its own. */
const isWithin = (path: string, href: string) => href !== '/account' && path.startsWith(`${href}/`)
