/** A process of its own: so many users behind Clerk's rate limit. Says its address, and on being asked what it refused. */
import { startClerkLists } from '../tests/support/clerk-lists.ts'

/** Sign-ups, one a minute on average and never quite evenly: pages and ranges have no border in common. */
const BIRTH = Date.UTC(2021, 0, 1)
const MINUTE = 60_000

const users = Number(process.argv[2])
const clerk = await startClerkLists({ limited: true })
for (let n = 0; n < users; n += 1) {
  const created_at = BIRTH + Math.floor(((n * MINUTE) / users) * 2_000_000 * (1 + Math.sin(n) / 1e6))
  clerk.put({
    id: `user_${n.toString(36).padStart(27, '0')}`,
    created_at,
    updated_at: created_at + 1000,
    email: `person-${n}@example.com`,
    first_name: 'Ada',
  })
}
clerk.users()

process.on('message', () => {
  process.send?.({ requests: clerk.requests.length, refused: clerk.refused() })
  clerk.requests.length = 0
})
process.on('disconnect', () => process.exit())
process.send?.({ url: clerk.url })
