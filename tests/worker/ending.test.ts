/** How an answer ends, beside well: what its reader is told, and whoever reads the log. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { FaultInput } from '../../dev/faults.ts'
import { arm, control, emptyDatabase, resetStandIns, sql } from './support.ts'
import { newConversation, newUser, questions, say } from './talk.ts'

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

const refuse = (status: number, headers: Record<string, string> = {}): FaultInput['act'] => ({
  kind: 'respond',
  status,
  headers,
})

describe('in the log, a stream that has begun with 200', () => {
  test.each<[string, 'TEST_ASSISTANT' | 'TEST_NEON', FaultInput]>([
    ['the model fails', 'TEST_ASSISTANT', { act: refuse(500) }],
    ['the model breaks off', 'TEST_ASSISTANT', { act: { kind: 'cut-answer', events: 4 } }],
    [
      'the database is gone',
      'TEST_NEON',
      { match: { body: 'update usage_daily' }, times: 2, act: { kind: 'reset' } },
    ],
  ])('is an error when %s', async (_name, standIn, fault) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm(standIn, fault)
    const { logs, names } = await say(user, conversation)
    expect(names.at(-1)).toBe('error')
    expect(logs[0]).toMatchObject({ level: 'error', status: 200, endStatus: 503 })
  })

  test('is none when the conversation is deleted meanwhile', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_ASSISTANT', { act: { kind: 'hold' } })
    const answer = say(user, conversation)
    await expect.poll(questions, { timeout: 20_000 }).toHaveLength(1)
    await sql('delete from conversations')
    await control('TEST_ASSISTANT', 'faults', 'DELETE', {})
    const { logs } = await answer
    expect(logs[0]).toMatchObject({ level: 'info', status: 200, endStatus: 404, code: 'not_found' })
  })

  test('is none when all is well', async () => {
    const user = await newUser()
    const { logs } = await say(user, await newConversation(user))
    expect(logs[0]).toMatchObject({ level: 'info', status: 200 })
    expect(logs[0]).not.toHaveProperty('endStatus')
  })
})

describe('an error tells', () => {
  test.each([
    ['as long as the model asks for', { 'retry-after': '7' }, 7],
    ['five minutes, where the model asks for days', { 'retry-after': '999999' }, 300],
    ['five seconds, where the model names no number', { 'retry-after': 'Thu, 01 Jan 2099 00:00:00 GMT' }, 5],
    ['five seconds, where the model does not say', {}, 5],
  ])('when it is worth trying again: %s', async (_name, headers, seconds) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_ASSISTANT', { act: refuse(429, headers) })
    const { events, logs } = await say(user, conversation)
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { retryAfter: seconds } })
    expect(logs[0]).toMatchObject({ assistantStatus: 429, ...(seconds === 7 && { retryAfter: 7 }) })
  })

  test('what is left of the day, when the message is given back', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_ASSISTANT', { act: refuse(500) })
    const { events } = await say(user, conversation)
    expect(events.at(0)?.data).toMatchObject({ quota: { used: 1, remaining: 9 } })
    expect(events.at(-1)?.data).toMatchObject({
      code: 'assistant_unavailable',
      quota: { limit: 10, used: 0, remaining: 10, resetAt: expect.any(String) },
    })
  })

  test('what is left of the day, when it counts', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_ASSISTANT', { act: { kind: 'cut-answer', events: 4 } })
    const { events } = await say(user, conversation)
    expect(events.at(-1)?.data).toMatchObject({ quota: { used: 1, remaining: 9 } })
  })

  test('nothing of it, when the database cannot say', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_NEON', { match: { body: 'update usage_daily' }, times: 2, act: { kind: 'reset' } })
    const { events } = await say(user, conversation)
    expect(events.at(-1)?.data).toMatchObject({ code: 'database_unavailable', retryAfter: 2 })
    expect(events.at(-1)?.data).not.toHaveProperty('quota')
  })
})
