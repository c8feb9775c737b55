/** What breaks while a message is answered: the model, the reader’s line, the database, the conversation. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { FaultInput } from '../../dev/faults.ts'
import {
  arm,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  requestsTo,
  resetStandIns,
  sql,
  sqlError,
  TOO_LARGE,
} from './support.ts'
import {
  counted,
  eventsOf,
  heldMessages,
  leaveAfter,
  newConversation,
  newUser,
  questions,
  STORY,
  say,
  sayAtOnce,
  scriptReply,
  setPace,
} from './talk.ts'

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

test('a model without a key is asked without one', async () => {
  const user = await newUser()
  await say(user, await newConversation(user), 'Hi', { bindings: { AI_API_KEY: undefined } })
  expect((await questions())[0]?.headers.authorization).toBeUndefined()
})

test('while the model thinks a sign of life comes every second', async () => {
  const user = await newUser()
  await setPace(2_000, 0)
  const { text, names } = await say(user, await newConversation(user))
  expect(text.split('\n')).toContain(': ')
  expect(names).toEqual(['message', 'delta', 'done'])
})

describe('the model fails', () => {
  const silent: [string, FaultInput['act']][] = [
    ['429', { kind: 'respond', status: 429, headers: { 'retry-after': '7' } }],
    ['500', { kind: 'respond', status: 500 }],
    [
      'a page in HTML',
      { kind: 'respond', status: 200, body: '<html>', headers: { 'content-type': 'text/html' } },
    ],
    ['a redirect', { kind: 'respond', status: 307, headers: { location: 'http://127.0.0.1:1/' } }],
    ['a reset', { kind: 'reset' }],
    ['a stream that ends before it has begun', { kind: 'truncate-answer', events: 0 }],
    ['a frame that is no JSON', { kind: 'garble-answer', events: 0 }],
    [
      'an error in the stream',
      {
        kind: 'respond',
        status: 200,
        body: 'data: {"error":{"message":"overloaded"}}\n\n',
        headers: { 'content-type': 'text/event-stream' },
      },
    ],
  ]
  test.each(silent)('with %s: one error event, and the message is given back', async (_name, act) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_ASSISTANT', { act })
    const answer = await say(user, conversation)
    expect(answer.names).toEqual(['message', 'error'])
    expect(answer.events.at(-1)?.data).toMatchObject({
      code: 'assistant_unavailable',
      status: 503,
      title: expect.any(String),
      requestId: answer.headers.get('X-Request-Id'),
    })
    expect(answer.logs[0]).toMatchObject({ code: 'assistant_unavailable', reply: 'failed' })
    expect(await counted(user)).toBe(0)
    expect(await sql('select messages from usage_daily')).toEqual([{ messages: 0 }])
    expect(await heldMessages(user)).toMatchObject([
      { role: 'user' },
      { status: 'failed', content: '', counts: false },
    ])
  })

  test('with not a word: one error event, and the message is given back', async () => {
    const user = await newUser()
    await scriptReply('')
    expect((await say(user, await newConversation(user))).names).toEqual(['message', 'error'])
    expect(await counted(user)).toBe(0)
  })

  const halfway: [string, FaultInput['act']][] = [
    ['cut', { kind: 'cut-answer', events: 4 }],
    ['ended without an end', { kind: 'truncate-answer', events: 4 }],
    ['garbled', { kind: 'garble-answer', events: 4 }],
  ]
  test.each(halfway)('%s in the middle: what was generated is kept, and counts', async (_name, act) => {
    const user = await newUser()
    await scriptReply('one two three four five six seven eight')
    await arm('TEST_ASSISTANT', { act })
    const { names, heard } = await say(user, await newConversation(user))
    expect(names).toEqual(['message', 'delta', 'error'])
    expect(heard).not.toBe('')
    expect(await heldMessages(user)).toMatchObject([
      { role: 'user' },
      { status: 'failed', content: heard, counts: true },
    ])
    expect(await counted(user)).toBe(1)
  })

  test('with a wrong key: the log names the setting', async () => {
    const user = await newUser()
    const answer = await say(user, await newConversation(user), 'Hi', {
      bindings: { AI_API_KEY: 'sk-wrong' },
    })
    expect(answer.events.at(-1)?.data).toMatchObject({ code: 'misconfigured' })
    expect(answer.logs[0]).toMatchObject({ variables: ['AI_API_KEY'] })
    expect(answer.text + JSON.stringify(answer.logs)).not.toContain('sk-wrong')
    expect(await counted(user)).toBe(0)
  })

  test('to tell its usage: the reply is kept, its tokens unknown', async () => {
    const user = await newUser()
    await scriptReply('Hello!', { usage: null })
    const { events } = await say(user, await newConversation(user))
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { usage: null, message: { usage: null } } })
  })
})

test('of a model that says too much, even at once, only the beginning is passed on and kept', async () => {
  const user = await newUser()
  await scriptReply('x'.repeat(300_000))
  const { names, heard } = await say(user, await newConversation(user))
  expect(names).toEqual(['message', 'delta', 'done'])
  expect(heard).toBe('x'.repeat(100_000))
  expect(await heldMessages(user)).toMatchObject([{}, { status: 'complete', content: heard }])
})

describe('the reader goes away', () => {
  test('what was generated is kept, and the model’s request cancelled', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await setPace(0, 25)
    const id = crypto.randomUUID()
    const { text } = await sayAtOnce(user, conversation, { id, content: STORY, listen: leaveAfter(6) })
    const words = eventsOf(text)
      .flatMap(({ event, data }) => (event === 'delta' ? [data.text] : []))
      .join('')
    const [, reply] = await heldMessages(user)
    expect(reply).toMatchObject({ status: 'stopped', reply_to: id, counts: true })
    expect(String(reply?.content).startsWith(words)).toBe(true)
    expect(String(reply?.content).length).toBeLessThan(words.length + 300)
    expect(await questions()).toMatchObject([{ aborted: true }])
    expect(await counted(user)).toBe(1)
  })

  test('in the middle: the same message is tried again for all of it, and counts once', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await setPace(0, 25)
    const id = crypto.randomUUID()
    await sayAtOnce(user, conversation, { id, content: STORY, listen: leaveAfter(6) })
    const [, half] = await heldMessages(user)
    await setPace(0, 0)
    const { names, heard } = await say(user, conversation, STORY, { id })
    expect(names).toEqual(['message', 'delta', 'done'])
    expect(heard.length).toBeGreaterThan(String(half?.content).length)
    expect(await heldMessages(user)).toMatchObject([
      { id },
      { status: 'complete', content: heard, attempt: 2 },
    ])
    expect(await counted(user)).toBe(1)
  })

  test('in the middle: a repeat that nobody reads takes no word away', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await setPace(0, 25)
    const id = crypto.randomUUID()
    await sayAtOnce(user, conversation, { id, content: STORY, listen: leaveAfter(6) })
    const [, half] = await heldMessages(user)
    await setPace(30_000, 0)
    await sayAtOnce(user, conversation, { id, content: STORY, listen: leaveAfter(1) })
    expect(await heldMessages(user)).toMatchObject([
      { id },
      { status: 'stopped', content: half?.content, attempt: 2, counts: true },
    ])
    expect(await counted(user)).toBe(1)
  })

  test('before the first word: the message counts, and the same one is tried again for it', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await setPace(30_000, 0)
    const id = crypto.randomUUID()
    await sayAtOnce(user, conversation, { id, content: STORY, listen: leaveAfter(1) })
    expect(await heldMessages(user)).toMatchObject([{}, { status: 'stopped', content: '', counts: true }])
    expect(await questions()).toMatchObject([{ aborted: true }])
    await resetStandIns()
    expect((await say(user, conversation, STORY, { id })).names.at(-1)).toBe('done')
    expect(await counted(user)).toBe(1)
  })
})

describe('the database', () => {
  const lost: [string, FaultInput['act']][] = [
    ['is reset before it answers', { kind: 'reset' }],
    ['has committed when the answer is lost', { kind: 'lose-answer' }],
    ['has committed when the answer is cut', { kind: 'cut-answer' }],
    ['has committed when the answer is truncated', { kind: 'truncate-answer' }],
    ['has committed when the answer stalls', { kind: 'stall-answer' }],
  ]
  test.each(lost)('%s: the message is there once, counted once and answered', async (_name, act) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_NEON', { times: 1, act })
    const { names } = await say(user, conversation)
    expect(names).toEqual(['message', 'delta', 'done'])
    expect(await counted(user)).toBe(1)
    expect(await heldMessages(user)).toHaveLength(2)
    expect(await questions()).toHaveLength(1)
    expect(await sql('select messages from usage_daily')).toEqual([{ messages: 1 }])
  })

  test.each(lost)('%s as the reply is settled: settled once', async (_name, act) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_NEON', { match: { body: 'update usage_daily' }, times: 1, act })
    const { names } = await say(user, conversation)
    expect(names).toEqual(['message', 'delta', 'done'])
    const [usage] = await sql('select messages, completion_tokens from usage_daily')
    const [, reply] = await heldMessages(user)
    expect(usage).toEqual({ messages: 1, completion_tokens: String(reply?.completion_tokens) })
  })

  test('is away: nothing is taken, and the model is not asked', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_NEON', { act: { kind: 'reset' } })
    const answer = await expectUnchanged(() => say(user, conversation))
    expectProblem(answer, 503, 'database_unavailable')
    expect(await questions()).toEqual([])
  })

  test('is gone in the middle of a stream: an error event, and what was said is kept when it is back', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_NEON', { match: { body: 'update usage_daily' }, times: 2, act: { kind: 'reset' } })
    const { names, heard, events } = await say(user, conversation)
    expect(names).toEqual(['message', 'delta', 'error'])
    expect(events.at(-1)?.data).toMatchObject({ code: 'database_unavailable' })
    expect(await heldMessages(user)).toMatchObject([{}, { status: 'failed', content: heard, counts: true }])
  })
})

describe('the database says no', () => {
  const refusals: [string, FaultInput['act'], status: number, code: string, requests: number][] = [
    ['40001', sqlError('40001'), 503, 'database_unavailable', 2],
    ['40P01', sqlError('40P01'), 503, 'database_unavailable', 2],
    ['57P01', sqlError('57P01'), 503, 'database_unavailable', 1],
    ['53300', sqlError('53300'), 503, 'database_unavailable', 1],
    ['507', TOO_LARGE, 500, 'internal', 1],
  ]
  test.each(refusals)(
    'with %s to a message: nothing is taken, the model is not asked, and later it is',
    async (_name, act, status, code, requests) => {
      const user = await newUser()
      const conversation = await newConversation(user)
      const id = crypto.randomUUID()
      await resetStandIns()
      await arm('TEST_NEON', { act })
      expectProblem(await expectUnchanged(() => say(user, conversation, 'Hi', { id })), status, code)
      expect(await requestsTo('TEST_NEON')).toHaveLength(requests)
      expect(await questions()).toEqual([])
      await resetStandIns()
      expect((await say(user, conversation, 'Hi', { id })).names.at(-1)).toBe('done')
      expect(await counted(user)).toBe(1)
    },
  )

  test.each(['40001', '40P01'])(
    'with %s once: the message is sent to it again, and counts once',
    async (code) => {
      const user = await newUser()
      const conversation = await newConversation(user)
      await arm('TEST_NEON', { times: 1, act: sqlError(code) })
      await arm('TEST_NEON', { match: { body: 'update usage_daily' }, times: 1, act: sqlError(code) })
      const { names, heard } = await say(user, conversation)
      expect(names).toEqual(['message', 'delta', 'done'])
      expect(await counted(user)).toBe(1)
      expect(await heldMessages(user)).toMatchObject([{}, { status: 'complete', content: heard }])
      expect(await sql('select messages from usage_daily')).toEqual([{ messages: 1 }])
    },
  )

  test.each(['40001', '40P01', '57P01', '53300'])(
    'with %s to a reply: an error event, and what was said is kept a moment later',
    async (code) => {
      const user = await newUser()
      const conversation = await newConversation(user)
      const times = code.startsWith('40') ? 2 : 1
      await arm('TEST_NEON', { match: { body: 'update usage_daily' }, times, act: sqlError(code) })
      const { names, heard, events } = await say(user, conversation)
      expect(names).toEqual(['message', 'delta', 'error'])
      expect(events.at(-1)?.data).toMatchObject({ code: 'database_unavailable' })
      expect(await heldMessages(user)).toMatchObject([{}, { status: 'failed', content: heard, counts: true }])
      expect(await counted(user)).toBe(1)
    },
  )

  test('with 507 to a reply: an error event and no second try; the message may be sent again when its time is over', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    await arm('TEST_NEON', { match: { body: 'update usage_daily' }, act: TOO_LARGE })
    const { names, events } = await say(user, conversation, 'Hi', { id })
    expect(names).toEqual(['message', 'delta', 'error'])
    expect(events.at(-1)?.data).toMatchObject({ code: 'internal', status: 500 })
    expect(await heldMessages(user)).toMatchObject([{ id }, { status: 'pending', content: '', counts: true }])
    await resetStandIns()
    await sql(`update messages set attempted_at = now() - interval '6 minutes' where reply_to = $1`, [id])
    expect((await say(user, conversation, 'Hi', { id })).names.at(-1)).toBe('done')
    expect(await counted(user)).toBe(1)
  })
})

describe('while the model speaks', () => {
  const meanwhile: [string, string, (user: string) => Promise<unknown>][] = [
    ['the conversation is deleted', 'not_found', () => sql('delete from conversations')],
    [
      'the user is deleted',
      'user_deleted',
      async (user) => {
        await sql('update sync_state set deleted_at = now() where user_id = $1', [user])
        await sql('delete from users where id = $1', [user])
      },
    ],
  ]
  test.each(meanwhile)('%s: an error event, and no orphan', async (_name, code, change) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await setPace(1_500, 0)
    const [answer] = await Promise.all([
      say(user, conversation),
      expect
        .poll(questions, { timeout: 20_000 })
        .toHaveLength(1)
        .then(() => change(user)),
    ])
    expect(answer.names).toEqual(['message', 'delta', 'error'])
    expect(answer.events.at(-1)?.data).toMatchObject({ code })
    expect(await heldMessages(user)).toEqual([])
  })

  test.each([
    ['', () => Promise.resolve()],
    [
      ', also when the answer to that is lost',
      () => arm('TEST_NEON', { match: { body: 'max(day)' }, act: { kind: 'lose-answer' } }),
    ],
  ])('the conversation is deleted: its tokens are booked once%s', async (_name, prepare) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await scriptReply('Hello!', { usage: { prompt_tokens: 41, completion_tokens: 7 } })
    await setPace(1_500, 0)
    await prepare()
    const [answer] = await Promise.all([
      say(user, conversation),
      expect
        .poll(questions, { timeout: 20_000 })
        .toHaveLength(1)
        .then(() => sql('delete from conversations')),
    ])
    expect(answer.events.at(-1)?.data).toMatchObject({ code: 'not_found' })
    expect(await sql('select messages, prompt_tokens, completion_tokens from usage_daily')).toEqual([
      { messages: 1, prompt_tokens: '41', completion_tokens: '7' },
    ])
  })
})
