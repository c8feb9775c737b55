/**
 * In which order a message takes its locks, seen from somebody who has written before: then every row that it comes to is
 * there already, and whoever takes two of them the other way round is waited for crosswise.
 */
import { type SQL, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  accept,
  holdSender,
  type Sending,
  settle as settlement,
} from '../../worker/conversations/exchange-rule.ts'
import { tombstone } from '../../worker/users/rule.ts'
import { applySnapshot } from '../../worker/users/store.ts'
import { books, newConversation, newSending, newUser, openTalk, send, settle, type Talk } from './exchange.ts'
import { hold, race, run, untilSomebodyWaits } from './races.ts'
import { snapshot } from './rule.ts'

let talk: Talk
beforeAll(async () => {
  talk = await openTalk()
})
afterAll(() => talk.close())
beforeEach(() => talk.pool.query('truncate users, sync_state, webhook_deliveries cascade'))

const taking = (sending: Sending): SQL[] => [holdSender(sending.userId), accept(sending, talk.settings)]

/** Somebody with an answered message behind them, and their next one. */
async function scene() {
  const user = await newUser(talk)
  const first = newSending(user, await newConversation(talk, user))
  await send(talk, first)
  await settle(talk, first)
  return { user, sending: newSending(user, first.conversationId) }
}

/** Both are let in while a row is held that the first comes to. Nobody tries again here: a deadlock would be an error. */
async function crosswise(row: SQL, first: SQL[], second: SQL[]) {
  const held = await hold(talk, [row])
  const one = run(talk, first)
  await untilSomebodyWaits(talk)
  const other = run(talk, second)
  await untilSomebodyWaits(talk, 2)
  await held.finish('commit')
  expect(await Promise.allSettled([one, other])).toEqual([
    { status: 'fulfilled', value: undefined },
    { status: 'fulfilled', value: undefined },
  ])
}

test('a ban waits for the message of somebody who has written before, too', async () => {
  const { user, sending } = await scene()
  const banned = { ...snapshot(user, 2, null), banned: true }
  await race(talk, taking(sending), () =>
    applySnapshot(talk.settings, banned, { source: 'webhook', seen: false }),
  )
  expect(await send(talk, newSending(user, sending.conversationId))).toBe('user_banned')
  expect(await books(talk, user)).toMatchObject({ counted: 2, messages: 2 })
})

test('a message and the deletion of its user, which comes while the message waits, do not wait for each other crosswise', async () => {
  const { user, sending } = await scene()
  await crosswise(
    sql`select from rate_limits where user_id = ${user} for update`,
    taking(sending),
    tombstone([user], 'webhook'),
  )
  expect(await talk.state()).toEqual({ [user]: { deleted: true } })
})

test('nor do they when the message comes while the deletion waits', async () => {
  const { user, sending } = await scene()
  await crosswise(
    sql`select from users where id = ${user} for update`,
    tombstone([user], 'webhook'),
    taking(sending),
  )
  expect(await talk.state()).toEqual({ [user]: { deleted: true } })
  expect(await books(talk, user)).toEqual({ counted: null, used: null, messages: 0, replies: 0 })
})

test('a message that is given back and the next one that is counted do not wait for each other crosswise', async () => {
  const { user, sending } = await scene()
  await send(talk, sending)
  const nothing = { content: '', status: 'failed', usage: null, giveBack: true } as const
  await crosswise(
    sql`select from usage_daily where user_id = ${user} for update`,
    [settlement(user, sending.replyId, nothing, talk.settings.QUOTA_TIME_ZONE)],
    taking(newSending(user, sending.conversationId)),
  )
  expect(await books(talk, user)).toMatchObject({ counted: 2, used: 2, messages: 3 })
})
