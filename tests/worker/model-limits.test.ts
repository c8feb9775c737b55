/** What a model does not do: say all of it, read all of it, be there. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import type { FaultInput } from '../../dev/faults.ts'
import { arm, emptyDatabase, requestsTo, resetStandIns } from './support.ts'
import { counted, heldMessages, newConversation, newUser, questions, say, scriptReply } from './talk.ts'

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

const refuse = (status: number): FaultInput['act'] => ({ kind: 'respond', status })

describe('a reply that is cut off', () => {
  test.each(['length', 'content_filter'])(
    'by the model (%s) is complete, and said to be cut',
    async (reason) => {
      const user = await newUser()
      await scriptReply('So far and', { finishReason: reason })
      const { events, logs } = await say(user, await newConversation(user))
      expect(events.at(-1)).toMatchObject({
        event: 'done',
        data: { finishReason: reason, message: { status: 'complete', content: 'So far and' } },
      })
      expect(logs[0]).toMatchObject({ level: 'info', finishReason: reason, reply: 'complete' })
    },
  )

  test('by us is said to be too long', async () => {
    const user = await newUser()
    await scriptReply('x'.repeat(100_001))
    const { events } = await say(user, await newConversation(user))
    expect(events.at(-1)?.data).toMatchObject({ finishReason: 'length' })
  })

  test('in truth is one that is not', async () => {
    const user = await newUser()
    await scriptReply('All of it.')
    const { events } = await say(user, await newConversation(user))
    expect(events.at(-1)?.data).not.toHaveProperty('finishReason')
  })
})

describe('a conversation that is too much for the model', () => {
  const EARLIER = 'repeat: what was said before'

  test.each([400, 413])('(%i): the message is asked alone, and answered', async (status) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await say(user, conversation, EARLIER)
    await resetStandIns()
    await arm('TEST_ASSISTANT', { match: { body: EARLIER }, act: refuse(status) })
    const { names, heard, logs } = await say(user, conversation, 'repeat: now')
    expect(names).toEqual(['message', 'delta', 'done'])
    expect(heard).toBe('now')
    const [whole, alone] = (await questions()).map(({ body }) => body.messages.map(({ role }) => role))
    expect(whole).toEqual(['system', 'user', 'assistant', 'user'])
    expect(alone).toEqual(['system', 'user'])
    expect(logs[0]).toMatchObject({ withoutHistory: true, reply: 'complete' })
    expect(await counted(user)).toBe(2)
  })

  test('and refused alone as well: one error, and the message is given back', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await say(user, conversation, EARLIER)
    await resetStandIns()
    await arm('TEST_ASSISTANT', { act: refuse(400) })
    expect((await say(user, conversation)).names).toEqual(['message', 'error'])
    expect(await requestsTo('TEST_ASSISTANT')).toHaveLength(2)
    expect(await counted(user)).toBe(1)
  })

  test('without a word before it is not asked twice', async () => {
    const user = await newUser()
    await arm('TEST_ASSISTANT', { act: refuse(400) })
    const { logs } = await say(user, await newConversation(user))
    expect(await requestsTo('TEST_ASSISTANT')).toHaveLength(1)
    expect(logs[0]).not.toHaveProperty('withoutHistory')
  })
})

test('a model that is not there is a mistake in the settings', async () => {
  const user = await newUser()
  await arm('TEST_ASSISTANT', { act: refuse(404) })
  const { events, logs } = await say(user, await newConversation(user))
  expect(events.at(-1)).toMatchObject({ event: 'error', data: { code: 'misconfigured' } })
  expect(logs[0]).toMatchObject({ assistantStatus: 404, variables: ['AI_BASE_URL', 'AI_MODEL'] })
  expect(await heldMessages(user)).toMatchObject([{}, { status: 'failed', counts: false }])
})

test('how long a reply may be is told to the model where it is set, and nowhere else', async () => {
  const user = await newUser()
  const conversation = await newConversation(user)
  await say(user, conversation)
  await say(user, conversation, 'And now?', { bindings: { AI_MAX_TOKENS: '2048' } })
  const [unset, set] = (await questions()).map(({ body }) => body)
  expect(unset).not.toHaveProperty('max_tokens')
  expect(set).toMatchObject({ max_tokens: 2048 })
})

test('a model that points elsewhere is not followed, so its key goes nowhere else', async () => {
  const location = `${env.AI_BASE_URL}/chat/completions`
  await arm('TEST_ASSISTANT', { times: 1, act: { kind: 'respond', status: 307, headers: { location } } })
  const user = await newUser()
  const { names } = await say(user, await newConversation(user))
  expect(names).toEqual(['message', 'error'])
  expect(await questions()).toHaveLength(1)
})

test('a model that breaks off within a surrogate pair: what it has said is kept, with a mark for the half', async () => {
  const body = 'data: {"choices":[{"delta":{"content":"Hi \\ud83e"}}]}\n\n'
  const headers = { 'content-type': 'text/event-stream' }
  await arm('TEST_ASSISTANT', { times: 1, act: { kind: 'respond', status: 200, body, headers } })
  const user = await newUser()
  const { names } = await say(user, await newConversation(user))
  expect(names).toEqual(['message', 'delta', 'error'])
  expect(await heldMessages(user)).toMatchObject([
    {},
    { status: 'failed', content: 'Hi \ufffd', counts: true },
  ])
})
