/** The same message again after its reply was stopped: tried anew, counted once, and no word that was said is lost by it. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Sending, Settlement } from '../../worker/conversations/exchange-rule.ts'
import { acceptMessage, findReply } from '../../worker/conversations/exchange-store.ts'
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
beforeEach(() => talk.pool.query('truncate users, sync_state cascade'))

const HALF: Partial<Settlement> = { content: 'Half an answer', status: 'stopped', usage: null }
const again = (sending: Sending): Sending => ({ ...sending, replyId: randomUUID() })

/** A message whose reader has gone away in the middle. */
async function stopped(settlement = HALF): Promise<Sending> {
  const user = await newUser(talk)
  const sending = newSending(user, await newConversation(talk, user))
  await send(talk, sending)
  await settle(talk, sending, settlement)
  return sending
}

/** One more attempt at it, and how that has ended. */
async function tryAgain(sending: Sending, settlement: Partial<Settlement> = {}) {
  const attempt = again(sending)
  expect(await acceptMessage(talk.settings, attempt)).toMatchObject({
    verdict: 'accepted',
    quota: { used: 1 },
  })
  return settle(talk, attempt, settlement)
}

const ONCE = { counted: 1, used: 1, messages: 1, replies: 1 }

test.each([
  ['in the middle', HALF],
  ['before its first word', { ...HALF, content: '' }],
])('a reply that was stopped %s is tried again, and counts once', async (_name, settlement) => {
  const sending = await stopped(settlement)
  expect(await tryAgain(sending)).toMatchObject({ reply: { content: 'Well.', status: 'complete' } })
  expect(await send(talk, again(sending))).toBe('repeated')
  expect(await books(talk, sending.userId)).toEqual(ONCE)
})

test.each([
  ['the model says nothing', NOTHING, 'failed'],
  ['it is stopped before its first word', { ...HALF, content: '' }, 'stopped'],
  ['it is stopped sooner', { ...HALF, content: 'Half' }, 'stopped'],
  ['the model breaks off sooner', { ...HALF, content: 'Half', status: 'failed' } as const, 'failed'],
])(
  'what was said stays when in the next attempt %s, and nothing is given back',
  async (_name, settlement, status) => {
    const sending = await stopped()
    expect(await tryAgain(sending, settlement)).toMatchObject({
      reply: { content: 'Half an answer', status },
      quota: { used: 1 },
    })
    expect(await books(talk, sending.userId)).toEqual(ONCE)
  },
)

test('the longer words stand, with what they cost; each attempt’s tokens are used', async () => {
  const usage = (promptTokens: number, completionTokens: number) => ({ promptTokens, completionTokens })
  const sending = await stopped({ ...HALF, usage: usage(10, 4) })
  const sooner = await tryAgain(sending, { ...HALF, content: 'Half', usage: usage(20, 1) })
  expect(sooner.reply).toMatchObject({ content: 'Half an answer', usage: usage(10, 4) })
  const later = await tryAgain(sending, { ...HALF, content: 'Half an answer and', usage: usage(40, 5) })
  expect(later.reply).toMatchObject({ content: 'Half an answer and', usage: usage(40, 5) })
  const { rows } = await talk.pool.query('select prompt_tokens, completion_tokens from usage_daily')
  expect(rows).toEqual([{ prompt_tokens: '70', completion_tokens: '10' }])
})

test('what was said is told while the next attempt is under way, and also when that is abandoned', async () => {
  const sending = await stopped()
  const told = async () => (await findReply(talk.settings, sending.userId, sending.messageId)).reply
  await send(talk, again(sending))
  expect(await told()).toMatchObject({ content: 'Half an answer', status: 'pending' })
  await talk.pool.query(
    `update messages set attempted_at = now() - interval '6 minutes' where role = 'assistant'`,
  )
  expect(await told()).toMatchObject({ content: 'Half an answer', status: 'failed' })
})

test('an attempt without a word after one without a word gives the message back, once', async () => {
  const sending = await stopped({ ...HALF, content: '' })
  expect(await tryAgain(sending, NOTHING)).toMatchObject({ reply: { status: 'failed' }, quota: { used: 0 } })
  expect(await tryAgain(sending, NOTHING)).toMatchObject({ quota: { used: 0 } })
  expect(await tryAgain(sending)).toMatchObject({ reply: { status: 'complete' }, quota: { used: 1 } })
  expect(await books(talk, sending.userId)).toEqual(ONCE)
})

test('a hundred repeats of a stopped message at once are one attempt', async () => {
  const sending = await stopped()
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => insist(talk, again(sending))))
  expect(tally(outcomes)).toEqual({ accepted: 1, busy: 99 })
  expect(await books(talk, sending.userId)).toEqual(ONCE)
})

test('a message that was stopped five times is tried no more, and keeps what was said', async () => {
  const sending = await stopped()
  for (let attempt = 2; attempt <= 5; attempt += 1) await tryAgain(sending, { ...HALF, content: '' })
  expect(await send(talk, again(sending))).toBe('conflict')
  const { reply } = await findReply(talk.settings, sending.userId, sending.messageId)
  expect(reply).toMatchObject({ content: 'Half an answer', status: 'stopped' })
  expect(await books(talk, sending.userId)).toEqual(ONCE)
})

test('what is told of an attempt once more, when the next one has begun, changes nothing, and its tokens are not used twice', async () => {
  const sending = await stopped({ ...HALF, usage: { promptTokens: 10, completionTokens: 4 } })
  const next = again(sending)
  await send(talk, next)
  // The answer to the first telling was lost, say.
  const late = settle(talk, sending, { ...HALF, usage: { promptTokens: 10, completionTokens: 4 } })
  await expect(late).rejects.toMatchObject({ code: 'not_found' })
  await settle(talk, next, { usage: { promptTokens: 20, completionTokens: 7 } })
  const { rows } = await talk.pool.query('select prompt_tokens, completion_tokens from usage_daily')
  expect(rows).toEqual([{ prompt_tokens: '30', completion_tokens: '11' }])
})

test('what a reply has cost whose conversation has gone is used on the last day that its user has', async () => {
  const user = await newUser(talk)
  const sendings: Sending[] = []
  for (const time of ['2026-11-25T12:00:00Z', '2026-11-26T12:00:00Z', '2026-11-27T12:00:00Z']) {
    await talk.setClock(time)
    const sending = newSending(user, await newConversation(talk, user))
    await send(talk, sending)
    sendings.push(sending)
  }
  await talk.setClock(null)
  await talk.pool.query('delete from conversations')
  for (const sending of sendings)
    await expect(settle(talk, sending)).rejects.toMatchObject({ code: 'not_found' })
  const { rows } = await talk.pool.query(
    'select day::text, prompt_tokens, completion_tokens from usage_daily order by day',
  )
  expect(rows).toEqual([
    { day: '2026-11-25', prompt_tokens: '0', completion_tokens: '0' },
    { day: '2026-11-26', prompt_tokens: '0', completion_tokens: '0' },
    { day: '2026-11-27', prompt_tokens: '21', completion_tokens: '9' },
  ])
})

test('the model is told what was said before the message that is tried again, and nothing of what came after it', async () => {
  const user = await newUser(talk)
  const conversation = await newConversation(talk, user)
  const say = async (content: string, settlement: Partial<Settlement>) => {
    const sending = newSending(user, conversation, { content })
    await send(talk, sending)
    await settle(talk, sending, settlement)
    return sending
  }
  await say('First?', { content: 'First.' })
  const second = await say('Second?', HALF)
  await say('Third?', { content: 'Third.' })
  expect(await acceptMessage(talk.settings, again(second))).toMatchObject({
    verdict: 'accepted',
    history: [{ said: 'First?', replied: 'First.' }],
  })
})

/** Of a reply whose settling is answered by nobody, though it is done. */
const SETTLING = { match: { body: 'with pending as materialized' } }

const tokens = async (userId: string) =>
  (
    await talk.pool.query('select prompt_tokens, completion_tokens from usage_daily where user_id = $1', [
      userId,
    ])
  ).rows

test('tokens are booked once when settling is never answered, and the conversation deleted before the next try', async () => {
  const user = await newUser(talk)
  const sending = newSending(user, await newConversation(talk, user))
  await send(talk, sending)
  talk.neon.arm({ ...SETTLING, times: 2, act: { kind: 'lose-answer' } })
  await expect(settle(talk, sending)).rejects.toMatchObject({ code: 'database_unavailable' })
  await deleteConversation(talk.settings, user, sending.conversationId)
  await expect(settle(talk, sending, {}, true)).rejects.toMatchObject({ code: 'not_found' })
  expect(await tokens(user)).toEqual([{ prompt_tokens: '7', completion_tokens: '3' }])
})

test('tokens are booked once when the first answer to settling is lost, and the conversation deleted before the second', async () => {
  const user = await newUser(talk)
  const sending = newSending(user, await newConversation(talk, user))
  await send(talk, sending)
  talk.neon.arm({ ...SETTLING, times: 1, act: { kind: 'lose-answer' } })
  talk.neon.arm({ ...SETTLING, act: { kind: 'hold' } })
  const settling = settle(talk, sending).catch(({ code }) => code)
  await expect
    .poll(() => findReply(talk.settings, user, sending.messageId), { timeout: 20_000 })
    .toMatchObject({ reply: { status: 'complete' } })
  await deleteConversation(talk.settings, user, sending.conversationId)
  talk.neon.clear()
  expect(await settling).toBe('not_found')
  expect(await tokens(user)).toEqual([{ prompt_tokens: '7', completion_tokens: '3' }])
})
