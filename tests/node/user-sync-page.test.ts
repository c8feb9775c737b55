/** What the account page says about a sync: the comparison, field by field, and the words. */
import { expect, test } from 'vitest'
import { compare } from '../../web/src/account/comparison.ts'
import { STARTING, type SyncState } from '../../web/src/users/syncState.ts'
import { spokenWords, syncWords } from '../../web/src/users/syncWords.ts'
import { row } from './user-sync-world.ts'

const CLERK = {
  id: 'user_ada',
  email: 'ada@example.test',
  firstName: 'Ada',
  lastName: null,
  imageUrl: 'https://img.clerk.com/ada',
  createdAt: new Date('2026-01-01T00:00:00.000Z'),
  updatedAt: new Date('2026-01-02T03:04:05.678Z'),
}
const NEON = { ...row(), imageUrl: 'https://img.clerk.com/ada' }

const verdicts = (rows: ReturnType<typeof compare>) =>
  Object.fromEntries(rows.map(({ field, verdict }) => [field, verdict]))

/** As the API sends most of them. */
const problemWithoutDetail = (code: string, status: number) => ({
  title: 'It did not work',
  status,
  code,
  requestId: 'req-1',
})

const failed = (code: string, status: number): SyncState => ({
  status: 'failed',
  problem: problemWithoutDetail(code, status),
  retry: () => {},
  retryAt: null,
  user: null,
  lastSyncedAt: null,
})

test('two sides in step match in every field but the tier, which is Neon’s alone', () => {
  expect(verdicts(compare(CLERK, NEON))).toEqual({
    'User id': 'matches',
    'E-mail': 'matches',
    'First name': 'matches',
    'Last name': 'matches',
    Picture: 'matches',
    Tier: 'only-neon',
    Created: 'matches',
    Updated: 'matches',
  })
})

test('before Neon has been read no field is said to match or to differ', () => {
  const known = compare(CLERK, null).filter(({ verdict }) => verdict !== 'unknown')
  expect(known.map(({ field }) => field)).toEqual(['Tier'])
  expect(compare(CLERK, null).every(({ neon }) => neon === undefined)).toBe(true)
})

test('an address that Neon does not hold differs', () => {
  expect(verdicts(compare(CLERK, { ...NEON, email: null }))).toMatchObject({ 'E-mail': 'differs' })
})

test('a name that is empty on one side and missing on the other is the same nothing', () => {
  expect(verdicts(compare({ ...CLERK, lastName: '' }, NEON))).toMatchObject({ 'Last name': 'matches' })
})

test('times are compared as times, to the millisecond', () => {
  const sameMoment = { ...NEON, updatedAt: '2026-01-02T04:04:05.678+01:00' }
  const later = { ...NEON, updatedAt: '2026-01-02T03:04:05.679Z' }
  expect(verdicts(compare(CLERK, sameMoment))).toMatchObject({ Updated: 'matches' })
  expect(verdicts(compare(CLERK, later))).toMatchObject({ Updated: 'differs' })
})

test('every failure comes with something to do or to know', () => {
  expect(syncWords(failed('database_unavailable', 503)).detail).toMatch(/passes/)
  expect(syncWords(failed('user_banned', 403)).detail).toMatch(/support/)
  expect(syncWords(failed('invalid', 422)).detail).toMatch(/once more/)
})

test('an outage is read aloud once, not at every retry', () => {
  const retrying = problemWithoutDetail('database_unavailable', 503)
  expect(spokenWords({ status: 'syncing', retrying, user: null, lastSyncedAt: null })).toBe(
    spokenWords(failed('database_unavailable', 503)),
  )
  expect(spokenWords(STARTING)).toBe('')
})

test('signing out is not read aloud, a deletion is', () => {
  expect(spokenWords({ status: 'signed-out', deleted: false })).toBe('')
  expect(spokenWords({ status: 'signed-out', deleted: true })).toMatch(/deleted/)
})
