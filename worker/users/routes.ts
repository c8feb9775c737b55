/** The first door: the browser says that it has signed in. What is written comes from Clerk, never from the browser. */
import { Hono } from 'hono'
import * as z from 'zod/mini'
import { requireIdentity } from '../auth/require-identity.ts'
import { fetchUser } from '../clerk/api.ts'
import { Problem } from '../errors.ts'
import { type AppEnv, jsonBody, text } from '../http.ts'
import { toldQuota } from '../quota/tiers.ts'
import { refusal } from './standing.ts'
import { applySnapshot, noteVisit, recall, recallAccount } from './store.ts'
import type { Standing, SyncOutcome, User } from './user.ts'

/** An address has at most 320 characters, an image's URL may carry a token; names are Clerk's to limit. */
const hintText = z.optional(z.nullable(text(2048)))

/** The browser's copy of the profile. Only its version matters: it may spare a question to Clerk. */
const syncHint = z.object({
  userId: text(255).check(z.minLength(1)),
  email: hintText,
  firstName: hintText,
  lastName: hintText,
  imageUrl: hintText,
  /** ISO 8601, or milliseconds since the epoch. */
  updatedAt: z.optional(
    z.nullable(
      z.pipe(
        z.union([z.iso.datetime({ offset: true }), z.number().check(z.int(), z.gte(0))]),
        z.transform((value) => new Date(value).getTime()),
      ),
    ),
  ),
})

export const userRoutes = new Hono<AppEnv>()
  .post('/sync', requireIdentity, jsonBody(syncHint), async (c) => {
    const { subject, impersonated } = c.get('identity')
    const { userId, updatedAt } = c.req.valid('json')
    if (userId !== subject) throw new Problem('user_mismatch')
    const config = c.get('config')
    const answer = (outcome: Exclude<SyncOutcome, 'deleted'>, standing: Standing) => {
      const user = requireActive(standing)
      c.get('facts').outcome = outcome
      return c.json({ outcome, user })
    }

    const known = await (impersonated ? recall : noteVisit)(config, subject)
    if (known.state === 'deleted') throw new Problem('user_deleted')
    // A ban lifted since gives the profile a new version, so only the version that we hold may be answered from here.
    if (known.state !== 'unknown' && known.version === updatedAt) return answer('unchanged', known)

    const snapshot = await fetchUser(config, subject)
    const { outcome, standing } = await applySnapshot(config, snapshot, {
      source: 'login',
      seen: !impersonated,
    })
    if (outcome === 'deleted') throw new Problem('user_deleted')
    return answer(outcome, standing)
  })
  .get('/', requireIdentity, async (c) => {
    const config = c.get('config')
    const { standing, quota } = await recallAccount(config, c.get('identity').subject)
    const user = requireActive(standing)
    if (!quota) throw new Problem('not_found')
    return c.json({ user, quota: toldQuota(quota) })
  })

/** @throws {Problem} `user_deleted`, `user_banned`; `not_found` for a user who has never been synced. */
function requireActive(standing: Standing): User {
  if (standing.state === 'active') return standing.user
  throw refusal(standing.state)
}
