/** What keeps a pass from taking users away who are not gone: docs/decisions/0009. */
import { fetchInstanceId, findUser } from '../clerk/api.ts'
import { findUsers, MOST_IDS, type Range } from '../clerk/lists.ts'
import { Problem } from '../errors.ts'
import { inChunks, inLanes } from './lanes.ts'
import { sampleOurs } from './page-store.ts'
import type { ReconcileSettings, Steps } from './pass.ts'

/** So many deletions may have been missed in a small application; in a larger one this share of its users. */
const DELETIONS = { few: 10, share: 0.05 }

/** Each is confirmed by a question of its own, and an instance has 10,000 requests for everything. */
const MOST_DELETIONS = 2_000

/** Asked for before anything is written: whose key is this? */
const SAMPLE_USERS = MOST_IDS

/** A Worker's open connections. What waits for one uses its deadline up waiting. */
const CONNECTIONS = 6

/** Confirmed in one step. */
const CONFIRMED_A_STEP = 50

export const tooMany = (users: number, most: number) =>
  `At least ${users} of our users are not in Clerk, and a pass deletes no more than ${most} by itself`

export const cutShort = (users: number) =>
  `Clerk finds at least ${users} of our users by their ids and has them on none of its pages: its list is cut short`

/** How many users a pass may delete, or find to be missing, without a person's word. */
export const mostDeletions = (users: number): number =>
  Math.min(MOST_DELETIONS, Math.max(DELETIONS.few, Math.ceil(users * DELETIONS.share)))

/** Whose Clerk is it? Another instance's key would bring in its users and take ours away. */
export async function recognise(
  settings: ReconcileSettings,
  range: Range,
  allowed = 0,
): Promise<{ instance: string; stranger: string | null }> {
  const instance = await fetchInstanceId(settings)
  const ours = settings.CLERK_INSTANCE_ID
  const stranger =
    ours && instance !== ours
      ? `CLERK_SECRET_KEY opens ${instance}, and CLERK_INSTANCE_ID is ${ours}: one of them is wrong`
      : await trySample(settings, range, allowed)
  return { instance, stranger }
}

/** Says so when Clerk does not know our users. */
async function trySample(settings: ReconcileSettings, range: Range, allowed: number): Promise<string | null> {
  const sample = await sampleOurs(settings, range, SAMPLE_USERS)
  if (sample.length === 0) return null
  const known = await findUsers(settings, sample)
  const unknown = sample.filter((id) => !known.has(id)).length
  // Where CLERK_INSTANCE_ID proves nothing, a Clerk that knows none of ours is another's, whatever a person has allowed.
  const isNobodyKnown = !settings.CLERK_INSTANCE_ID && unknown === sample.length
  if (!isNobodyKnown && unknown <= Math.max(DELETIONS.few, sample.length / 2, allowed)) return null
  return `Clerk does not find ${unknown} of ${sample.length} of our users: is CLERK_SECRET_KEY another instance's?`
}

/** Those of the users whom Clerk says, one by one, that it does not have. Only that takes a user away. */
export async function confirm(
  steps: Steps,
  settings: ReconcileSettings,
  absent: string[],
  instance: string,
): Promise<string[]> {
  const orphaned: string[] = []
  for (const [n, ids] of inChunks(absent, CONFIRMED_A_STEP).entries()) {
    const gone = await steps.do(`confirm ${n + 1}`, async () => {
      await expectInstance(settings, instance)
      const gone = new Set<string>()
      await inLanes(CONNECTIONS, ids, async (id) => {
        if ((await findUser(settings, id)) === 'missing') gone.add(id)
      })
      return ids.filter((id) => gone.has(id))
    })
    orphaned.push(...gone)
  }
  return orphaned
}

/** A Workflow goes on with the settings of the day: what the pass began with may have been another key. */
async function expectInstance(settings: ReconcileSettings, instance: string): Promise<void> {
  if ((await fetchInstanceId(settings)) === instance) return
  const facts = { variables: ['CLERK_SECRET_KEY'], clerk: 'another instance than when the pass began' }
  throw new Problem('misconfigured', { facts })
}
