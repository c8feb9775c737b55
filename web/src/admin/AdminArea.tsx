/** The pages of those who run SwarAI, and the way from one to another. */
import { Route, Switch, useLocation } from 'wouter'
import { NotFound } from '../shell/NotFound.tsx'
import { PageBoundary } from '../shell/PageBoundary.tsx'
import { PageLink } from '../shell/PageLink.tsx'
import { lazily } from '../ui/lazily.ts'
import { useUserSync } from '../users/useUserSync.ts'
import { AdminsOnly } from './AdminsOnly.tsx'

const SyncPage = lazily(() => import('./SyncPage.tsx'))
const UsersPage = lazily(() => import('./users/UsersPage.tsx'))
const AnalyticsPage = lazily(() => import('./analytics/AnalyticsPage.tsx'))

const PAGES = [
  { href: '/admin', label: 'Sync health' },
  { href: '/admin/users', label: 'Users' },
  { href: '/admin/analytics', label: 'Analytics' },
]

export default function AdminArea() {
  const { sync, isAdmin } = useUserSync()
  const [path] = useLocation()
  // The API has the last word on each page; who is known to be no admin need not try them one by one.
  if (sync.status === 'synced' && !isAdmin) return <AdminsOnly />
  return (
    <div className="py-8 sm:py-12">
      <nav aria-label="Admin" className="-mx-2.5 mb-5 flex flex-wrap gap-1 text-sm sm:-mx-3 sm:mb-6">
        {PAGES.map(({ href, label }) => (
          <PageLink key={href} href={href} label={label} isHere={path === href} />
        ))}
      </nav>
      <PageBoundary>
        <Switch>
          <Route path="/admin" component={SyncPage} />
          <Route path="/admin/users" component={UsersPage} />
          <Route path="/admin/analytics" component={AnalyticsPage} />
          <Route component={NotFound} />
        </Switch>
      </PageBoundary>
    </div>
  )
}
