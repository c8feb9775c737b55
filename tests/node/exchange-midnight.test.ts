/** Messages that wait for their turn at the day's count while midnight strikes. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { accept, type Sending } from '../../worker/conversations/exchange-rule.ts'
import { acceptMessage } from '../../worker/conversations/exchange-store.ts'
import { newConversation, newSending, newUser, openTalk, send, type Talk } from './exchange.ts'
import { hold, untilSomebodyWaits } from './races.ts'

let talk: Talk
beforeAll(async () => {
  talk = await openTalk()
})
afterAll(() => talk.close())
beforeEach(async () => {
  await talk.setClock(null)
  await talk.pool.query('truncate users, sync_state cascade')
})

async function scene() {
  const user = await newUser(talk)
  return { user, sending: newSending(user, await newConversation(talk, user)) }
}

/** Somebody is in the middle of taking a message; one more comes before midnight, and waits until it has struck. */
async function acrossMidnight(user: string, first: Sending, firstAt: string) {
  await talk.setClock(firstAt)
  const held = await hold(talk, [accept(first, talk.settings)])
  await talk.setClock('2026-11-25T23:59:59Z')
  const waiting = acceptMessage(talk.settings, newSending(user, first.conversationId))
  await untilSomebodyWaits(talk)
  await talk.setClock('2026-11-26T00:00:01Z')
  await held.finish('commit')
  const acceptance = await waiting
  const { rows: days } = await talk.pool.query('select day::text, messages from usage_daily order by day')
  return { acceptance, days }
}

test('a message that waits past midnight counts on the day on which it came', async () => {
  const { user, sending } = await scene()
  const { acceptance, days } = await acrossMidnight(user, sending, '2026-11-25T23:59:58Z')
  expect(acceptance).toMatchObject({
    verdict: 'accepted',
    quota: { resetAt: new Date('2026-11-26T00:00:00Z') },
  })
  expect(days).toEqual([{ day: '2026-11-25', messages: 2 }])
  expect(await acceptMessage(talk.settings, newSending(user, sending.conversationId))).toMatchObject({
    quota: { used: 1 },
  })
})

test('a message that waits past midnight for the last of its day is refused, and told to come back at once', async () => {
  const { user, sending } = await scene()
  await talk.setClock('2026-11-25T23:59:57Z')
  for (let n = 1; n <= 9; n += 1) await send(talk, newSending(user, sending.conversationId))
  const { acceptance } = await acrossMidnight(user, sending, '2026-11-25T23:59:58Z')
  expect(acceptance).toMatchObject({ verdict: 'exceeded', quota: { remaining: 0, resetSeconds: 1 } })
  expect(await acceptMessage(talk.settings, newSending(user, sending.conversationId))).toMatchObject({
    verdict: 'accepted',
    quota: { used: 1 },
  })
})

test('a message that waits for one of the new day counts on that day, too', async () => {
  const { user, sending } = await scene()
  const { acceptance, days } = await acrossMidnight(user, sending, '2026-11-26T00:00:00Z')
  expect(acceptance).toMatchObject({ verdict: 'accepted', quota: { used: 2 } })
  expect(days).toEqual([{ day: '2026-11-26', messages: 2 }])
})
