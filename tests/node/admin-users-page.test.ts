/** What the admin's pages of users and figures, and the account's usage, make of what they are told. */
import { expect, test } from 'vitest'
import { parseUsageDays } from '../../web/src/account/usage.ts'
import { parseAnalytics } from '../../web/src/admin/analytics/analytics.ts'
import {
  calledBy,
  type Listed,
  parseListed,
  parseListedUser,
  withBeginning,
  withChanged,
  withMore,
} from '../../web/src/admin/users/listed.ts'
import { averageAmount, fullDay, shortAmount, shortDay } from '../../web/src/charts/days.ts'

const user = (id: string, more = {}) => ({
  id,
  email: `${id}@example.com`,
  firstName: null,
  lastName: null,
  imageUrl: null,
  tier: 'FREE',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  banned: false,
  seenAt: null,
  messagesToday: 0,
  limit: 10,
  ...more,
})

function listed(ids: string[], nextCursor: string | null = null, search = ''): Listed {
  const read = parseListed({ users: ids.map((id) => user(id)), nextCursor }, search)
  if (!read) throw new Error('a list is read')
  return read
}
const idsOf = ({ users }: Listed) => users.map(({ id }) => id).join(' ')

test('a person is called by their name, else by the address, else by the id', () => {
  const called = (more: object) => {
    const person = parseListedUser(user('user_A', more))
    return person && calledBy(person)
  }
  expect(called({ firstName: 'Ada', lastName: 'King' })).toBe('Ada King')
  expect(called({ lastName: 'King' })).toBe('King')
  expect(called({})).toBe('user_A@example.com')
  expect(called({ email: null })).toBe('user_A')
})

test('who is no user as this page knows them is left out, and what is no list is none', () => {
  const odd = [user('user_A'), user('user_B', { tier: 'GOLD' }), { id: 'user_C' }, null, 7]
  expect(parseListed({ users: odd, nextCursor: 'c' }, 'a')).toMatchObject({ nextCursor: 'c', search: 'a' })
  expect(parseListed({ users: odd }, '')?.users.map(({ id }) => id)).toEqual(['user_A'])
  for (const body of [null, [], 'x', {}, { users: null }]) expect(parseListed(body, '')).toBeNull()
})

test('a page further down is put behind, and asked for twice it is there once', () => {
  const grown = withMore(listed(['a', 'b'], '1'), listed(['c', 'd'], '2'))
  expect([idsOf(grown), grown.nextCursor]).toEqual(['a b c d', '2'])
  expect(idsOf(withMore(grown, listed(['c', 'd'], '2')))).toBe('a b c d')
})

test('the beginning read anew puts newcomers above and keeps what was read further down', () => {
  const grown = withMore(listed(['b', 'c'], '1'), listed(['d', 'e'], null))
  const anew = withBeginning(grown, listed(['a', 'b'], '9'))
  expect([idsOf(anew), anew.nextCursor]).toEqual(['a b c d e', null])
})

test('where nothing was read further down the beginning is all there is, and a whole list forgets who has gone', () => {
  expect(idsOf(withBeginning(listed(['a', 'b']), listed(['b'], null)))).toBe('b')
  const same = withBeginning(listed(['a', 'b'], '1'), listed(['a', 'b'], '2'))
  expect([idsOf(same), same.nextCursor]).toEqual(['a b', '2'])
})

test('another search begins its own list', () => {
  expect(idsOf(withBeginning(listed(['a', 'b']), listed(['c'], null, 'c')))).toBe('c')
})

test('a changed user stays in place', () => {
  const changed = parseListedUser(user('b', { tier: 'PRO' }))
  if (!changed) throw new Error('a user is read')
  expect(withChanged(listed(['a', 'b', 'c']), changed).users.map(({ tier }) => tier)).toEqual([
    'FREE',
    'PRO',
    'FREE',
  ])
})

test('figures and usage are read, and what is none is none', () => {
  const day = { day: '2026-01-31', messages: 1, promptTokens: 2, completionTokens: 3 }
  expect(parseUsageDays({ days: [day, { day: '2026-02-01' }, null] })).toEqual([day])
  const analytics = {
    tiers: [{ tier: 'FREE', users: 3 }, { tier: 7 }],
    totals: { users: 3, isEstimate: true, monthlyActive: 2 },
    days: [{ ...day, signUps: 4, active: 5 }, day],
  }
  expect(parseAnalytics(analytics)).toEqual({
    tiers: [{ tier: 'FREE', users: 3 }],
    users: 3,
    isEstimate: true,
    monthlyActive: 2,
    days: [{ ...day, signUps: 4, active: 5 }],
  })
  for (const body of [null, [], {}, { days: null }]) {
    expect(parseUsageDays(body)).toBeNull()
    expect(parseAnalytics(body)).toBeNull()
  }
})

test('a day is the same day wherever it is read, and amounts are short', () => {
  expect([shortDay('2026-01-31'), fullDay('2026-01-31')]).toEqual(['Jan 31', 'Saturday, January 31'])
  expect([0, 1 / 30, 0.1, 0.96, 9.94, 10.4, 1234.5].map(averageAmount)).toEqual([
    '0',
    'under 0.1',
    '0.1',
    '1',
    '9.9',
    '10',
    '1,235',
  ])
  expect([shortAmount(999), shortAmount(1234), shortAmount(2_500_000)]).toEqual(['999', '1.2K', '2.5M'])
})
