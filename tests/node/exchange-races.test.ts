/**
 * The races of a message, one by one and on purpose: somebody is held in the middle of a transaction, the message is let
 * into it, and only then the first may end. A message is held by a lock on what it will come to last.
 */
import { randomUUID } from 'node:crypto'
import { type SQL, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  accept,
  holdSender,
  type Sending,
  type Settlement,
  settle as settling,
} from '../../worker/conversations/exchange-rule.ts'
import { acceptMessage, findReply, listMessages } from '../../worker/conversations/exchange-store.ts'
import { createConversation, deleteConversation } from '../../worker/conversations/store.ts'
import { UNIQUE_VIOLATION } from '../../worker/db/client.ts'
import { tierChange } from '../../worker/quota/tier-store.ts'
import { apply, tombstone } from '../../worker/users/rule.ts'
import { applySnapshot, removeByDelivery } from '../../worker/users/store.ts'
import {
  books,
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
import { hold, race, run, untilSomebodyWaits } from './races.ts'
import { snapshot } from './rule.ts'

let talk: Talk
beforeAll(async () => {
  talk = await openTalk()
})
afterAll(() => talk.close())
beforeEach(() => talk.pool.query('truncate users, sync_state, webhook_deliveries cascade'))

const again = (sending: Sending): Sending => ({ ...sending, replyId: randomUUID() })
const taking = (sending: Sending): SQL => accept(sending, talk.settings)
const remove = (user: string) =>
  removeByDelivery(talk.settings, user, { messageId: randomUUID(), type: 'user.deleted' })

/** Rows of all tables but the tombstones'. */
async function leftovers(): Promise<number> {
  const { rows } = await talk.pool.query(`
    select (select count(*) from users) + (select count(*) from conversations) + (select count(*) from messages)
      + (select count(*) from rate_limits) + (select count(*) from usage_daily) as rows`)
  return Number(rows[0].rows)
}

async function scene() {
  const user = await newUser(talk)
  return { user, sending: newSending(user, await newConversation(talk, user)) }
}

test('two messages of one user at once: the second counts on what the first has left', async () => {
  const { user, sending } = await scene()
  const other = newSending(user, sending.conversationId)
  const { verdict, quota } = await race(talk, [taking(sending)], () => acceptMessage(talk.settings, other))
  expect({ verdict, used: quota.used }).toEqual({ verdict: 'accepted', used: 2 })
})

test('the last message of the day, twice at once, is one', async () => {
  const { user, sending } = await scene()
  for (let n = 1; n <= 9; n += 1) await send(talk, newSending(user, sending.conversationId))
  const other = newSending(user, sending.conversationId)
  // Whoever is refused in the queue is told of the day as it is, and not as it was when they got in.
  expect(await race(talk, [taking(sending)], () => acceptMessage(talk.settings, other))).toMatchObject({
    verdict: 'exceeded',
    quota: { used: 10, remaining: 0 },
  })
  expect(await books(talk, user)).toMatchObject({ counted: 10, messages: 10 })
})

test('a message that waits for one which is rolled back takes its place', async () => {
  const { user, sending } = await scene()
  for (let n = 1; n <= 9; n += 1) await send(talk, newSending(user, sending.conversationId))
  const other = newSending(user, sending.conversationId)
  expect(await race(talk, [taking(sending)], () => send(talk, other), 'rollback')).toBe('accepted')
  expect(await books(talk, user)).toMatchObject({ counted: 10, messages: 10 })
})

test('the same message twice at once: the second finds the first', async () => {
  const { user, sending } = await scene()
  expect(await race(talk, [taking(sending)], () => send(talk, again(sending)))).toBe('busy')
  expect(await books(talk, user)).toEqual({ counted: 1, used: 1, messages: 1, replies: 1 })
})

test('the same sending twice at once, because its answer was lost, finds itself', async () => {
  const { user, sending } = await scene()
  expect(await race(talk, [taking(sending)], () => send(talk, sending))).toBe('accepted')
  expect(await books(talk, user)).toEqual({ counted: 1, used: 1, messages: 1, replies: 1 })
})

test('the same id with other content at once contradicts', async () => {
  const { user, sending } = await scene()
  const other = { ...again(sending), content: 'Something else' }
  expect(await race(talk, [taking(sending)], () => send(talk, other))).toBe('conflict')
  expect(await books(talk, user)).toEqual({ counted: 1, used: 1, messages: 1, replies: 1 })
})

test('a failed message tried again twice at once is tried once', async () => {
  const { user, sending } = await scene()
  await send(talk, sending)
  await settle(talk, sending, NOTHING)
  expect(await race(talk, [taking(again(sending))], () => send(talk, again(sending)))).toBe('busy')
  expect(await books(talk, user)).toEqual({ counted: 1, used: 1, messages: 1, replies: 1 })
})

test('a failed message whose second try is rolled back is tried by the third', async () => {
  const { user, sending } = await scene()
  await send(talk, sending)
  await settle(talk, sending, NOTHING)
  const third = again(sending)
  expect(await race(talk, [taking(again(sending))], () => send(talk, third), 'rollback')).toBe('accepted')
  expect(await settle(talk, third)).toMatchObject({ reply: { status: 'complete' }, quota: { used: 1 } })
  expect(await books(talk, user)).toEqual({ counted: 1, used: 1, messages: 1, replies: 1 })
})

test('whoever is late in settling an attempt leaves the next one alone', async () => {
  const { sending } = await scene()
  await send(talk, sending)
  await settle(talk, sending, NOTHING)
  const second = again(sending)
  await send(talk, second)
  await expect(settle(talk, sending, { content: 'Too late.' })).rejects.toMatchObject({ code: 'not_found' })
  expect(await settle(talk, second)).toMatchObject({ reply: { content: 'Well.', status: 'complete' } })
})

test('an attempt that says nothing while the next one begins gives nothing back', async () => {
  const { user, sending } = await scene()
  await send(talk, sending)
  await talk.pool.query(
    `update messages set attempted_at = now() - interval '6 minutes' where role = 'assistant'`,
  )
  const second = again(sending)
  const late = () => settle(talk, sending, NOTHING).catch(({ code }) => code)
  expect(await race(talk, [taking(second)], late)).toBe('not_found')
  expect(await settle(talk, second)).toMatchObject({ reply: { status: 'complete' }, quota: { used: 1 } })
  expect(await books(talk, user)).toEqual({ counted: 1, used: 1, messages: 1, replies: 1 })
})

test('a message that meets the deletion of its user finds nobody', async () => {
  const { user, sending } = await scene()
  expect(await race(talk, tombstone([user], 'webhook'), () => send(talk, sending))).toBe('user_deleted')
  expect(await leftovers()).toBe(0)
})

test('a message that meets a deletion which is rolled back is taken', async () => {
  const { user, sending } = await scene()
  expect(await race(talk, tombstone([user], 'webhook'), () => send(talk, sending), 'rollback')).toBe(
    'accepted',
  )
})

test('the deletion of a user whose message is being taken leaves nothing of either', async () => {
  const { user, sending } = await scene()
  await race(talk, [taking(sending)], () => remove(user))
  expect(await leftovers()).toBe(0)
})

test('the deletion of a user whose reply is being settled leaves nothing of either', async () => {
  const { user, sending } = await scene()
  await send(talk, sending)
  // Held between the deletion's two halves: the tombstone is there, the user not yet gone.
  const [lock, mark, erase] = tombstone([user], 'webhook')
  const held = await hold(talk, [lock, mark])
  expect(await settle(talk, sending).catch((error: { code: string }) => error.code)).toMatchObject({
    reply: { status: 'complete' },
  })
  await held.finish('commit')
  await hold(talk, [erase]).then(({ finish }) => finish('commit'))
  expect(await leftovers()).toBe(0)
})

test('whoever is deleted in the middle of reading is told so', async () => {
  const { user, sending } = await scene()
  await send(talk, sending)
  const readers = [
    () => listMessages(talk.settings, user, sending.conversationId, { limit: 30 }),
    () => findReply(talk.settings, user, sending.messageId),
  ]
  // The quota is what is read last: by then the deletion is there, and was not when the reading began.
  const midway = sql`lock table rate_limits in access exclusive mode`
  const held = await hold(talk, [midway, ...tombstone([user], 'webhook')])
  const reading = readers.map((read) => read().catch(({ code }) => code))
  await untilSomebodyWaits(talk, readers.length)
  await held.finish('commit')
  expect(await Promise.all(reading)).toEqual(['user_deleted', 'user_deleted'])
})

test('a conversation begun while its user is deleted is not begun', async () => {
  const { user } = await scene()
  const begin = () => createConversation(talk.settings, user, randomUUID(), null).catch(({ code }) => code)
  expect(await race(talk, tombstone([user], 'webhook'), begin)).toBe('user_deleted')
  expect(await leftovers()).toBe(0)
})

test('of many conversations begun at once no more are begun than may be empty', async () => {
  const { user } = await scene()
  await talk.pool.query(
    `insert into conversations (user_id, id) select $1, gen_random_uuid() from generate_series(1, 995)`,
    [user],
  )
  const begin = () =>
    createConversation(talk.settings, user, randomUUID(), null).then(
      () => 'begun',
      ({ code }) => code,
    )
  expect(tally(await Promise.all(Array.from({ length: 10 }, begin)))).toEqual({ begun: 4, conflict: 6 })
})

test('a message that meets the deletion of its conversation is not taken, and not counted', async () => {
  const { user, sending } = await scene()
  const { conversationId } = sending
  const deletion = sql`delete from conversations where user_id = ${user} and id = ${conversationId}::uuid`
  expect(await race(talk, [deletion], () => send(talk, sending))).toBe('not_found')
  expect(await books(talk, user)).toEqual({ counted: null, used: null, messages: 0, replies: 0 })
})

test('a message that is tried again while its conversation is deleted: they do not wait for each other crosswise', async () => {
  const { user, sending } = await scene()
  await send(talk, sending)
  await settle(talk, sending, NOTHING)
  const counting = await hold(talk, [sql`select from rate_limits where user_id = ${user} for update`])
  const trying = run(talk, [taking(again(sending))])
  await untilSomebodyWaits(talk)
  const deleting = run(talk, [sql`delete from conversations where user_id = ${user}`])
  await untilSomebodyWaits(talk, 2)
  await counting.finish('commit')
  expect(await Promise.allSettled([trying, deleting])).toMatchObject([
    { status: 'fulfilled' },
    { status: 'fulfilled' },
  ])
  expect(await books(talk, user)).toMatchObject({ counted: 1, messages: 0, replies: 0 })
})

test('the deletion of a conversation that is being written in takes the message with it', async () => {
  const { user, sending } = await scene()
  await race(talk, [taking(sending)], () => deleteConversation(talk.settings, user, sending.conversationId))
  expect(await books(talk, user)).toEqual({ counted: 1, used: 1, messages: 0, replies: 0 })
})

test('a ban waits for the messages that are being taken, and no message after it is taken', async () => {
  const { user, sending } = await scene()
  const other = newSending(user, sending.conversationId)
  const held = await hold(talk, [taking(sending)])
  const waiting = send(talk, other)
  await untilSomebodyWaits(talk)
  const banned = { ...snapshot(user, 2, null), banned: true }
  const banning = applySnapshot(talk.settings, banned, { source: 'webhook', seen: false })
  await untilSomebodyWaits(talk, 2)
  await held.finish('commit')
  expect(await waiting).toBe('accepted')
  await banning
  expect(await send(talk, newSending(user, sending.conversationId))).toBe('user_banned')
  expect(await books(talk, user)).toMatchObject({ counted: 2, messages: 2 })
})

test('a message that waits for a ban is not taken, and not counted', async () => {
  const { user, sending } = await scene()
  await send(talk, sending)
  await settle(talk, sending, NOTHING)
  const ban = apply({ ...snapshot(user, 2, null), banned: true }, { source: 'webhook', seen: false })
  const held = await hold(talk, ban)
  const waiting = [newSending(user, sending.conversationId), again(sending)].map((one) => send(talk, one))
  await untilSomebodyWaits(talk, 2)
  await held.finish('commit')
  expect(await Promise.all(waiting)).toEqual(['user_banned', 'user_banned'])
  expect(await books(talk, user)).toEqual({ counted: 0, used: 0, messages: 1, replies: 1 })
})

test('messages, replies, bans and deletions of one user at once never wait for each other crosswise', async () => {
  const { user } = await scene()
  await talk.pool.query(`update users set tier = 'MAXX' where id = $1`, [user])
  const lock = sql`select from users where id = ${user} for no key update`
  const nothing: Settlement = { content: '', status: 'failed', usage: null, giveBack: true }
  const exchange = async () => {
    const sending = newSending(user, await newConversation(talk, user))
    const sendings = [sending, again(sending), newSending(user, sending.conversationId)]
    const gone = sql`delete from conversations where user_id = ${user} and id = ${sending.conversationId}::uuid`
    return [
      ...sendings.map((one) => [holdSender(user), taking(one)]),
      ...sendings.map((one) => [lock, settling(user, one.replyId, nothing, 'UTC')]),
      [holdSender(user), taking(again(sending))],
      [lock, gone],
    ]
  }
  const ban = (version: number) =>
    apply({ ...snapshot(user, version, null), banned: version % 2 === 0 }, { source: 'webhook', seen: false })
  const exchanges = await Promise.all(Array.from({ length: 30 }, exchange))
  const work = exchanges.flatMap((transactions, n) => [...transactions, ban(n + 2)])
  const ends = await Promise.allSettled(
    [...work, tombstone([user], 'webhook'), ...work.slice(0, 50)].map((statements) => run(talk, statements)),
  )
  const failures = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason.code)] : []))
  // The same new message twice at once is refused, the second of them.
  expect(failures.filter((code) => code !== UNIQUE_VIOLATION)).toEqual([])
  expect(await leftovers()).toBe(0)
})

test('a tier that is changed while a message waits counts from the next message on', async () => {
  const { user, sending } = await scene()
  const { conversationId } = sending
  for (let n = 1; n <= 10; n += 1) await send(talk, newSending(user, conversationId))
  expect(await send(talk, sending)).toBe('exceeded')
  const held = await hold(talk, tierChange(user, 'PRO', 'cli'))
  // Nobody waits for an admin: until the change is there, the old limit holds.
  expect(await send(talk, sending)).toBe('exceeded')
  await held.finish('commit')
  expect(await send(talk, sending)).toBe('accepted')
  expect(await books(talk, user)).toMatchObject({ counted: 11 })
})

test('a reply that is given back while the next message is counted: both are booked', async () => {
  const { user, sending } = await scene()
  await send(talk, sending)
  const other = newSending(user, sending.conversationId)
  await race(talk, [taking(other)], () => settle(talk, sending, NOTHING))
  expect(await books(talk, user)).toMatchObject({ counted: 1, used: 1, messages: 2 })
})
