/** How long Clerk’s public keys are believed, and when Clerk is asked for them again. The clock is the test’s. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import type { FaultInput } from '../../dev/faults.ts'
import { findPublicKey } from '../../worker/auth/jwks.ts'
import { arm, requestsTo, resetStandIns } from './support.ts'

beforeEach(resetStandIns)

const START = 1_800_000_000_000
const SECOND = 1_000

/** Keys, and failures to get them, are remembered by address: each test has one of its own. */
const asker = (path: string) => ({
  find: (kid: string, afterMs: number) =>
    findPublicKey(
      { CLERK_API_URL: `${env.TEST_CLERK}${path}`, CLERK_SECRET_KEY: env.CLERK_SECRET_KEY },
      kid,
      START + afterMs,
    ),
  answer: async (...answers: FaultInput['act'][]) => {
    await resetStandIns()
    for (const act of answers) await arm('TEST_CLERK', { match: { path }, times: 1, act })
  },
})

async function clerksKeys(kids: string[]): Promise<FaultInput['act']> {
  const response = await fetch(`${env.TEST_CLERK}/v1/jwks`, {
    headers: { Authorization: `Bearer ${env.CLERK_SECRET_KEY}` },
  })
  const { keys }: { keys: object[] } = await response.json()
  const body = JSON.stringify({ keys: kids.map((kid) => ({ ...keys[0], kid })) })
  return { kind: 'respond', status: 200, body }
}

test('a key is believed for five minutes, and one that Clerk has withdrawn by then no longer', async () => {
  const { find, answer } = asker('/withdrawn')
  const [both, one] = [await clerksKeys(['old', 'new']), await clerksKeys(['new'])]
  await answer(both)
  expect(await find('old', 0)).toContain('PUBLIC KEY')
  await answer(one)
  expect(await find('old', 300 * SECOND)).toContain('PUBLIC KEY')
  expect(await requestsTo('TEST_CLERK')).toEqual([])
  expect(await find('old', 301 * SECOND)).toBeUndefined()
  expect(await find('new', 301 * SECOND)).toContain('PUBLIC KEY')
  expect(await requestsTo('TEST_CLERK')).toHaveLength(1)
})

test('a key that Clerk has added is found half a minute after it was last asked, and not before', async () => {
  const { find, answer } = asker('/added')
  const [one, both] = [await clerksKeys(['old']), await clerksKeys(['old', 'new'])]
  await answer(one)
  expect(await find('old', 0)).toContain('PUBLIC KEY')
  await answer(both)
  expect(await find('new', 30 * SECOND)).toBeUndefined()
  expect(await requestsTo('TEST_CLERK')).toEqual([])
  expect(await find('new', 31 * SECOND)).toContain('PUBLIC KEY')
})

test.each([
  ['5 seconds after a failure', '/failing', { kind: 'respond', status: 500 }, 5],
  [
    'when it has said',
    '/refusing',
    { kind: 'respond', status: 429, headers: { 'retry-after': '60' }, body: '{}' },
    60,
  ],
] satisfies [string, string, FaultInput['act'], number][])(
  'without keys Clerk is asked again %s, and not before',
  async (_name, path, act, seconds) => {
    const { find, answer } = asker(path)
    const keys = await clerksKeys(['new'])
    await answer(act, keys)
    await expect(find('new', 0)).rejects.toMatchObject({ code: 'clerk_unavailable' })
    await expect(find('new', seconds * SECOND - 1)).rejects.toMatchObject({ code: 'clerk_unavailable' })
    expect(await requestsTo('TEST_CLERK')).toHaveLength(1)
    expect(await find('new', seconds * SECOND + SECOND)).toContain('PUBLIC KEY')
  },
)

test.each([
  ['no keys', '/none', { kind: 'respond', status: 200, body: '{"keys":[]}' }],
  [
    'keys that are none',
    '/broken',
    { kind: 'respond', status: 200, body: '{"keys":[{"kid":"x","kty":"RSA","n":"!","e":"AQAB"}]}' },
  ],
  ['a reset', '/reset', { kind: 'reset' }],
] satisfies [string, string, FaultInput['act']][])(
  'a key that was known stays good while Clerk’s answer is %s, for five minutes and no longer',
  async (_name, path, act) => {
    const { find, answer } = asker(path)
    await answer(await clerksKeys(['known']), act)
    expect(await find('known', 0)).toContain('PUBLIC KEY')
    await expect(find('other', 31 * SECOND)).rejects.toMatchObject({ code: 'clerk_unavailable' })
    expect(await requestsTo('TEST_CLERK')).toHaveLength(2)
    expect(await find('known', 300 * SECOND)).toContain('PUBLIC KEY')
    await answer(act)
    await expect(find('known', 301 * SECOND)).rejects.toMatchObject({ code: 'clerk_unavailable' })
  },
)
