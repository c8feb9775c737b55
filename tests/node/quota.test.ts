/** The day's messages on real PostgreSQL: exact under any storm, on days of any length, and never won back. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { acceptMessage } from '../../worker/conversations/exchange-store.ts'
import { deleteConversation } from '../../worker/conversations/store.ts'
import {
  books,
  insist,
  NOTHING,
  newConversation,
  newSending,
  newUser,
  openTalk,
  send,
  settle,
  type Talk,
  tally,
} from './exchange.ts'

let talk: Talk
beforeAll(async () => {
  talk = await openTalk()
})
afterAll(() => talk.close())
beforeEach(async () => {
  await talk.setClock(null)
  await talk.pool.query('truncate users, sync_state cascade')
  talk.settings.QUOTA_TIME_ZONE = 'UTC'
})

/** So many messages at once, each of its own. */
const storm = async (userId: string, conversationId: string, size: number) =>
  tally(
    await Promise.all(Array.from({ length: size }, () => insist(talk, newSending(userId, conversationId)))),
  )

test('of 500 messages at once a limit of 10 lets exactly 10 through', async () => {
  const user = await newUser(talk)
  expect(await storm(user, await newConversation(talk, user), 500)).toEqual({ accepted: 10, exceeded: 490 })
  expect(await books(talk, user)).toEqual({ counted: 10, used: 10, messages: 10, replies: 10 })
})

test('the same message a hundred times at once is one message, counted once', async () => {
  const user = await newUser(talk)
  const sending = newSending(user, await newConversation(talk, user))
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, () => insist(talk, { ...sending, replyId: randomUUID() })),
  )
  expect(tally(outcomes)).toEqual({ accepted: 1, busy: 99 })
  expect(await books(talk, user)).toEqual({ counted: 1, used: 1, messages: 1, replies: 1 })
})

test('the same sending again, because its answer was lost, is accepted again and counted once', async () => {
  const user = await newUser(talk)
  const sending = newSending(user, await newConversation(talk, user))
  const first = await acceptMessage(talk.settings, sending)
  expect(await acceptMessage(talk.settings, sending)).toMatchObject({
    verdict: 'accepted',
    message: first.message,
    quota: { used: 1, remaining: 9 },
  })
  expect(await books(talk, user)).toEqual({ counted: 1, used: 1, messages: 1, replies: 1 })
})

test('users do not count against each other', async () => {
  const [a, b] = [await newUser(talk), await newUser(talk)]
  const [atA, atB] = [await newConversation(talk, a), await newConversation(talk, b)]
  const both = await Promise.all([storm(a, atA, 40), storm(b, atB, 40)])
  expect(both).toEqual([
    { accepted: 10, exceeded: 30 },
    { accepted: 10, exceeded: 30 },
  ])
})

test('a user who becomes PRO in a storm has the new limit at once, and no message more', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  const before = storm(user, conversation, 100)
  await talk.pool.query(`update users set tier = 'PRO' where id = $1`, [user])
  const after = await storm(user, conversation, 150)
  const { accepted = 0 } = await before
  expect(accepted + (after.accepted ?? 0)).toBe(100)
  expect(await books(talk, user)).toMatchObject({ counted: 100, messages: 100 })
})

test('a lowered tier leaves nothing, and not less than nothing', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  await talk.pool.query(`update users set tier = 'PRO' where id = $1`, [user])
  await storm(user, conversation, 20)
  await talk.pool.query(`update users set tier = 'FREE' where id = $1`, [user])
  const { verdict, quota } = await acceptMessage(talk.settings, newSending(user, conversation))
  expect({ verdict, quota }).toMatchObject({
    verdict: 'exceeded',
    quota: { limit: 10, used: 20, remaining: 0 },
  })
})

test('a limit of none lets nothing through', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  const settings = { ...talk.settings, QUOTA_FREE: 0 }
  expect(await acceptMessage(settings, newSending(user, conversation))).toMatchObject({ verdict: 'exceeded' })
})

test.each([
  ['UTC', '2026-11-25T23:59:59.999Z', '2026-11-26T00:00:00Z', 24],
  ['Europe/Berlin', '2026-03-29T21:59:59.999Z', '2026-03-29T22:00:00Z', 23],
  ['Europe/Berlin', '2026-10-25T22:59:59.999Z', '2026-10-25T23:00:00Z', 25],
  ['America/New_York', '2026-03-09T03:59:59.999Z', '2026-03-09T04:00:00Z', 23],
  ['Asia/Kolkata', '2026-06-01T18:29:59.999Z', '2026-06-01T18:30:00Z', 24],
  // Where clocks go forward at midnight there is no midnight: the day begins at one o'clock.
  ['Africa/Cairo', '2026-04-24T20:59:59.999Z', '2026-04-24T21:00:00Z', 23],
  // Where they go forward to midnight the last hour is missing.
  ['America/Nuuk', '2026-03-29T00:59:59.999Z', '2026-03-29T01:00:00Z', 23],
  // Where they go back from one o'clock to midnight there are two of it: the day begins with the first.
  ['Atlantic/Azores', '2026-10-24T23:59:59.999Z', '2026-10-25T00:00:00Z', 24],
  ['Atlantic/Azores', '2026-10-26T00:59:59.999Z', '2026-10-26T01:00:00Z', 25],
  ['America/Havana', '2026-11-01T03:59:59.999Z', '2026-11-01T04:00:00Z', 24],
  ['America/Havana', '2026-11-02T04:59:59.999Z', '2026-11-02T05:00:00Z', 25],
])('in %s the day ends with %s, and the next one has all its messages', async (zone, last, first, hours) => {
  talk.settings.QUOTA_TIME_ZONE = zone
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  await talk.setClock(last)
  expect(await storm(user, conversation, 12)).toEqual({ accepted: 10, exceeded: 2 })
  const { quota } = await acceptMessage(talk.settings, newSending(user, conversation))
  expect(quota).toMatchObject({ remaining: 0, resetAt: new Date(first), windowSeconds: hours * 3600 })
  await talk.setClock(first)
  expect(await storm(user, conversation, 12)).toEqual({ accepted: 10, exceeded: 2 })
  const { rows } = await talk.pool.query('select messages from usage_daily where user_id = $1', [user])
  expect(rows).toEqual([{ messages: 10 }, { messages: 10 }])
})

test('in a storm across midnight each day stays within its limit', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  await talk.setClock('2026-11-25T23:59:59Z')
  const running = storm(user, conversation, 200)
  await new Promise((resolve) => setTimeout(resolve, 60))
  await talk.setClock('2026-11-26T00:00:01Z')
  const { accepted = 0 } = await running
  const { rows } = await talk.pool.query('select day, messages from usage_daily where user_id = $1', [user])
  for (const { messages } of rows) expect(messages).toBeLessThanOrEqual(10)
  expect(rows.reduce((sum, { messages }) => sum + messages, 0)).toBe(accepted)
})

test('a straggler of a day that is over does not bring that day back', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  await talk.setClock('2026-11-26T00:00:01Z')
  await storm(user, conversation, 9)
  // A server whose clock is behind, after a failover perhaps.
  await talk.setClock('2026-11-25T23:59:59Z')
  expect(await storm(user, conversation, 5)).toEqual({ accepted: 1, exceeded: 4 })
  await talk.setClock('2026-11-26T00:00:02Z')
  expect(await storm(user, conversation, 5)).toEqual({ exceeded: 5 })
})

test('deleting conversations wins nothing back', async () => {
  const user = await newUser(talk)
  for (let n = 0; n < 10; n += 1) {
    const conversation = await newConversation(talk, user)
    const sending = newSending(user, conversation)
    expect(await send(talk, sending)).toBe('accepted')
    await settle(talk, sending)
    await deleteConversation(talk.settings, user, conversation)
  }
  expect(await send(talk, newSending(user, await newConversation(talk, user)))).toBe('exceeded')
  const { rows } = await talk.pool.query('select messages, prompt_tokens, completion_tokens from usage_daily')
  expect(rows).toEqual([{ messages: 10, prompt_tokens: '70', completion_tokens: '30' }])
})

test('a model that said nothing gives the message back, once', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  const failing = newSending(user, conversation)
  await send(talk, newSending(user, conversation))
  await send(talk, failing)
  expect(await settle(talk, failing, NOTHING)).toMatchObject({
    reply: { status: 'failed' },
    quota: { used: 1 },
  })
  expect(await settle(talk, failing, NOTHING)).toMatchObject({ quota: { used: 1 } })
  expect(await books(talk, user)).toMatchObject({ counted: 1, used: 1 })
})

/** As if the model had said nothing to so many of the day's messages already. */
const unanswered = (user: string, count: number) =>
  talk.pool.query('update rate_limits set unanswered_count = $2 where user_id = $1', [user, count])

test('of messages that the model says nothing to a hundred are given back in a day, and those beyond count', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  const fail = async () => {
    const sending = newSending(user, conversation)
    const outcome = await send(talk, sending)
    return outcome === 'accepted' ? (await settle(talk, sending, NOTHING)).quota.used : outcome
  }
  for (let n = 1; n <= 100; n += 1) expect(await fail()).toBe(0)
  for (let n = 1; n <= 10; n += 1) expect(await fail()).toBe(n)
  expect(await fail()).toBe('exceeded')
  expect(await books(talk, user)).toEqual({ counted: 10, used: 10, messages: 110, replies: 110 })
})

test('of messages that come to nothing at once no more are given back than are left', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  const sendings = Array.from({ length: 10 }, () => newSending(user, conversation))
  for (const sending of sendings) await send(talk, sending)
  await unanswered(user, 96)
  await Promise.all(sendings.flatMap((one) => [settle(talk, one, NOTHING), settle(talk, one, NOTHING)]))
  expect(await books(talk, user)).toMatchObject({ counted: 6, used: 6 })
  const { rows } = await talk.pool.query(
    'select count(*)::int as counting from messages where user_id = $1 and window_start is not null',
    [user],
  )
  expect(rows).toEqual([{ counting: 6 }])
})

test('a message that is not given back any more is tried again without being counted again', async () => {
  const user = await newUser(talk)
  const sending = newSending(user, await newConversation(talk, user))
  await send(talk, sending)
  await unanswered(user, 100)
  expect(await settle(talk, sending, NOTHING)).toMatchObject({
    reply: { status: 'failed' },
    quota: { used: 1 },
  })
  const second = { ...sending, replyId: randomUUID() }
  expect(await acceptMessage(talk.settings, second)).toMatchObject({
    verdict: 'accepted',
    quota: { used: 1 },
  })
  expect(await settle(talk, second)).toMatchObject({ reply: { status: 'complete' }, quota: { used: 1 } })
  expect(await books(talk, user)).toMatchObject({ counted: 1, used: 1 })
})

test('a new day gives messages back anew', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  const fail = async () => {
    const sending = newSending(user, conversation)
    await send(talk, sending)
    return (await settle(talk, sending, NOTHING)).quota.used
  }
  await talk.setClock('2026-11-25T12:00:00Z')
  await fail()
  await unanswered(user, 100)
  expect(await fail()).toBe(1)
  await talk.setClock('2026-11-26T12:00:00Z')
  expect(await fail()).toBe(0)
})

test('a message of yesterday gives nothing back to today', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  const late = newSending(user, conversation)
  await talk.setClock('2026-11-25T23:59:59Z')
  await send(talk, late)
  await talk.setClock('2026-11-26T00:00:01Z')
  await send(talk, newSending(user, conversation))
  expect(await settle(talk, late, NOTHING)).toMatchObject({ quota: { used: 1 } })
  const { rows } = await talk.pool.query('select day::text, messages from usage_daily order by day')
  expect(rows).toEqual([
    { day: '2026-11-25', messages: 0 },
    { day: '2026-11-26', messages: 1 },
  ])
})

test('gifts and messages at once never pass the limit', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  const first = Array.from({ length: 10 }, () => newSending(user, conversation))
  for (const sending of first) await send(talk, sending)
  const [outcomes] = await Promise.all([
    storm(user, conversation, 60),
    ...first.slice(0, 4).map((sending) => settle(talk, sending, NOTHING)),
  ])
  const { rows } = await talk.pool.query(
    'select count(*)::int as counting from messages where user_id = $1 and window_start is not null',
    [user],
  )
  expect(rows).toEqual([{ counting: 6 + (outcomes.accepted ?? 0) }])
  expect(await books(talk, user)).toMatchObject({ counted: 6 + (outcomes.accepted ?? 0) })
  expect(outcomes.accepted ?? 0).toBeLessThanOrEqual(4)
})
