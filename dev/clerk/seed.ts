/** People to sign in as on the first start. They are there before anybody listens: no webhook tells of them. */
import type { Clerk } from './clerk.ts'
import { hashPassword } from './passwords.ts'
import { VERIFIED_BY_ADMIN } from './users.ts'

/** As public as this line; they open the local stand-in and nothing else. */
export const DEMO_USERS = [
  { email: 'ada@example.com', password: 'analytical-engine', firstName: 'Ada', lastName: 'Lovelace' },
  { email: 'grace@example.com', password: 'first-compiler', firstName: 'Grace', lastName: 'Hopper' },
] as const

const CAUSE = { client_ip: '127.0.0.1', user_agent: 'seed' }

export async function seedDemoUsers(clerk: Clerk): Promise<void> {
  if (clerk.users.all().length > 0) return
  for (const { email, password, firstName, lastName } of DEMO_USERS) {
    const passwordHash = await hashPassword(password)
    const addresses = [{ address: email, verification: VERIFIED_BY_ADMIN }]
    clerk.users.create({ firstName, lastName, passwordHash, addresses }, CAUSE)
  }
}
