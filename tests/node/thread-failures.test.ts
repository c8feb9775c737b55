/** What becomes of a message when something fails: it is kept, told, and tried again under the same id. */
import { expect, test } from 'vitest'
import {
  account,
  answers,
  CONVERSATION,
  conversation,
  idOf,
  MESSAGES,
  NOON,
  openThread,
  problem,
  question,
  quota,
  reply,
  sendAccepted,
  sendMessage,
  settled,
  world,
} from './thread-world.ts'

test('without a network the message is kept, and tried again under the same id', async () => {
  const it = world()
  const thread = await openThread(it)
  thread.send('Hello')
  await settled()
  await it.request('POST', MESSAGES).fail()
  expect(thread.state.turns).toMatchObject([
    { question: { content: 'Hello' }, answer: { status: 'failed', problem: { code: 'network' } } },
  ])
  const [turn] = thread.state.turns
  thread.retry(turn?.id ?? '')
  thread.retry(turn?.id ?? '')
  await settled()
  const ids = it.sent('POST', MESSAGES).map(idOf)
  expect(ids).toEqual([turn?.id, turn?.id])
})

test('a new conversation that could not be created keeps its message, and creates it when tried again', async () => {
  const it = world()
  const thread = it.chat.thread(null)
  thread.send('Hello')
  await settled()
  await it.request('POST', '/api/conversations').answer(503, problem(503, 'database_unavailable'))
  expect(answers(thread)).toEqual(['failed: '])
  thread.retry(thread.state.turns[0]?.id ?? '')
  await settled()
  await it.request('POST', '/api/conversations').answer(201, { conversation: conversation() })
  expect(it.sent('POST', MESSAGES)).toHaveLength(1)
})

test('a reply that fails after its first words broke off, whyever, and is spoken of so before a reload and after it', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream } = await sendAccepted(it, thread)
  await stream.event('delta', { text: 'Good ' })
  await stream.event('error', { ...problem(503, 'assistant_unavailable'), quota: quota(9) })
  await stream.end()
  expect(answers(thread)).toEqual(['failed: Good '])
  expect(thread.state.spoken).toBe('The reply broke off')
  expect(thread.state.turns).toMatchObject([{ answer: { problem: { requestId: 'req-1' } } }])
})

test('a connection that breaks in the middle: the server stops the reply, which keeps its words and is asked for again', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendAccepted(it, thread)
  await stream.event('delta', { text: 'Good ' })
  await stream.break()
  expect(answers(thread)).toEqual(['interrupted: Good '])
  expect(thread.state.spoken).toBe('The connection broke while the reply was being written')
  await it.clock.pass(1_500)
  await it.request('GET', MESSAGES).answer(200, {
    messages: [question(id, 'Hello'), reply(id, '', 'pending')],
    nextCursor: null,
  })
  expect(answers(thread)).toEqual(['interrupted: Good '])
  await it.clock.pass(1_500)
  await it.request('GET', MESSAGES).answer(200, {
    messages: [question(id, 'Hello'), reply(id, 'Good d', 'stopped')],
    nextCursor: null,
  })
  expect(thread.state.turns[0]?.answer).toMatchObject({
    status: 'stopped',
    text: 'Good d',
    problem: { code: 'interrupted' },
  })
  const asked = it.sent('GET', MESSAGES).length
  await it.clock.pass(60_000)
  expect(it.sent('GET', MESSAGES)).toHaveLength(asked)
  thread.retry(id)
  await settled()
  expect(it.sent('POST', MESSAGES).map(idOf)).toEqual([id, id])
})

test('what became of a reply is asked for until the server can say', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendAccepted(it, thread)
  await stream.break()
  await it.clock.pass(1_500)
  await it.request('GET', MESSAGES).answer(503, problem(503, 'database_unavailable'))
  await it.clock.pass(1_500)
  await it.request('GET', MESSAGES).fail()
  await it.clock.pass(2_250)
  await it.request('GET', MESSAGES).answer(200, {
    messages: [question(id, 'Hello'), reply(id, '', 'stopped')],
    nextCursor: null,
  })
  expect(answers(thread)).toEqual(['stopped: '])
})

test('a reply of which the server knows nothing is not asked for any more', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream } = await sendMessage(it, thread)
  await stream.break()
  await it.clock.pass(1_500)
  await it.request('GET', MESSAGES).answer(200, { messages: [], nextCursor: null })
  expect(answers(thread)).toEqual(['failed: '])
  await it.clock.pass(60_000)
  expect(it.sent('GET', MESSAGES)).toHaveLength(2)
})

test('a stream that ends without its last word is a broken one', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream } = await sendAccepted(it, thread)
  await stream.end()
  expect(answers(thread)).toEqual(['interrupted: '])
})

test('a stream that falls silent is given up, one that only says it is alive is not', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream } = await sendAccepted(it, thread)
  for (let beat = 0; beat < 3; beat += 1) {
    await it.clock.pass(14_000)
    await stream.bytes(new TextEncoder().encode(': alive\n\n'))
  }
  expect(answers(thread)).toEqual(['thinking: '])
  await it.clock.pass(15_000)
  expect(answers(thread)).toEqual(['interrupted: '])
})

test('offline and online again, the thread tells what became of the message', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendAccepted(it, thread)
  await stream.break()
  await it.clock.pass(1_500)
  await it.request('GET', MESSAGES).fail()
  expect(answers(thread)).toEqual(['interrupted: '])
  it.chat.wake()
  await settled()
  await it.request('GET', MESSAGES).answer(200, {
    messages: [question(id, 'Hello'), reply(id, 'Good day.')],
    nextCursor: null,
  })
  expect(answers(thread)).toEqual(['complete: Good day.'])
})

test('a message that arrived although its answer was lost is not shown twice', async () => {
  const it = world()
  const thread = await openThread(it)
  thread.send('Hello')
  await settled()
  const id = idOf(it.request('POST', MESSAGES))
  await it.request('POST', MESSAGES).fail()
  it.chat.wake()
  await settled()
  await it.request('GET', MESSAGES).answer(200, {
    messages: [question(id, 'Hello'), reply(id, 'Good day.')],
    nextCursor: null,
  })
  expect(answers(thread)).toEqual(['complete: Good day.'])
})

test('a message that did not arrive stays where it is when the thread is read again', async () => {
  const it = world()
  const thread = await openThread(it, [question('q1', 'Before'), reply('q1', 'Yes.')])
  thread.send('Hello')
  await settled()
  await it.request('POST', MESSAGES).fail()
  it.chat.wake()
  await settled()
  await it.request('GET', MESSAGES).answer(200, {
    messages: [question('q1', 'Before'), reply('q1', 'Yes.')],
    nextCursor: null,
  })
  expect(answers(thread)).toEqual(['complete: Yes.', 'failed: '])
})

test('an assistant that fails in the middle is told with its words so far, and asked again under the same id', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendAccepted(it, thread)
  await stream.event('delta', { text: 'Good ' })
  await stream.event('error', problem(503, 'assistant_unavailable'))
  await stream.end()
  expect(thread.state.turns[0]?.answer).toMatchObject({
    status: 'failed',
    text: 'Good ',
    problem: { code: 'assistant_unavailable', status: 503, requestId: 'req-1' },
  })
  // At the start, and now that nobody has told whether the message was given back.
  expect(it.sent('GET', '/api/user')).toHaveLength(2)
  thread.retry(id)
  await settled()
  expect(idOf(it.request('POST', MESSAGES))).toBe(id)
})

test('a server that is overrun says when trying again helps, and what is left', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream } = await sendMessage(it, thread)
  const overrun = { ...problem(503, 'assistant_unavailable'), retryAfter: 180, quota: quota(10) }
  await stream.event('error', overrun)
  await stream.end()
  expect(thread.state.turns[0]?.answer).toMatchObject({ problem: { retryAt: NOON + 180_000 } })
  expect(it.chat.quotaWatch.state).toMatchObject({ quota: { remaining: 10 } })
})

test('a message that is refused says when trying again helps, however long that is', async () => {
  const it = world()
  const thread = await openThread(it)
  thread.send('Hello')
  await settled()
  const later = { 'Retry-After': '3600' }
  await it.request('POST', MESSAGES).answer(503, problem(503, 'database_unavailable'), later)
  expect(thread.state.turns[0]?.answer).toMatchObject({ problem: { retryAt: NOON + 3_600_000 } })
})

test('an id that stands for other words already is replaced by a new one', async () => {
  const it = world()
  const thread = await openThread(it)
  thread.send('Hello')
  await settled()
  const taken = idOf(it.request('POST', MESSAGES))
  await it.request('POST', MESSAGES).answer(409, problem(409, 'conflict'))
  expect(answers(thread)).toEqual(['failed: '])
  thread.retry(taken)
  await settled()
  const [, second] = it.sent('POST', MESSAGES)
  expect(second && idOf(second)).not.toBe(taken)
  expect(thread.state.turns).toHaveLength(1)
})

test('a message that has been tried too often is sent as a new one', async () => {
  const it = world()
  const messages = [question('q1', 'Hello'), reply('q1', 'Good', 'stopped')]
  const thread = await openThread(it, messages)
  thread.retry('q1')
  await settled()
  await it.request('POST', MESSAGES).answer(409, problem(409, 'conflict'))
  it.chat.wake()
  await settled()
  await it.request('GET', MESSAGES).answer(200, { messages, nextCursor: null })
  thread.retry('q1')
  await settled()
  expect(idOf(it.request('POST', MESSAGES))).not.toBe('q1')
})

test('a message over the limit goes back into the composer, and the quota is read', async () => {
  const it = world()
  const thread = await openThread(it)
  thread.send('One too many')
  await settled()
  await it.request('POST', MESSAGES).answer(429, problem(429, 'quota_exceeded'))
  expect(thread.state.turns).toEqual([])
  expect(thread.draft.state).toBe('One too many')
  await it.request('GET', '/api/user').answer(200, account(0))
  expect(it.chat.quotaWatch.state).toMatchObject({ tier: 'FREE', quota: { remaining: 0 } })
})

test('a message that is tried again over the limit stays where it was said', async () => {
  const it = world()
  const thread = await openThread(it, [question('q1', 'Hello'), reply('q1', '', 'failed')])
  thread.retry('q1')
  await settled()
  await it.request('POST', MESSAGES).answer(429, problem(429, 'quota_exceeded'))
  expect(answers(thread)).toEqual(['failed: '])
  expect(thread.draft.state).toBe('')
})

test('a message over the limit is told of although nobody can say what the limit is', async () => {
  const it = world()
  const thread = await openThread(it)
  await it.request('GET', '/api/user').answer(200, account(3))
  thread.send('One too many')
  await settled()
  await it.request('POST', MESSAGES).answer(429, problem(429, 'quota_exceeded'))
  await it.request('GET', '/api/user').fail()
  expect(thread.state.spoken).toBe('The title of quota_exceeded. Your message is kept.')
  expect(it.chat.quotaWatch.state).toMatchObject({ status: 'known', quota: { used: 10, remaining: 0 } })
})

test('a message over a limit that has never been read is told of as well', async () => {
  const it = world()
  const thread = await openThread(it)
  await it.request('GET', '/api/user').fail()
  thread.send('One too many')
  await settled()
  await it.request('POST', MESSAGES).answer(429, problem(429, 'quota_exceeded'))
  await it.request('GET', '/api/user').fail()
  expect(it.chat.quotaWatch.state).toMatchObject({ status: 'unknown', isUsedUp: true })
})

test('a message that waited for its reply and then found none left is kept where it is', async () => {
  const it = world()
  const thread = await openThread(it)
  await it.request('GET', '/api/user').answer(200, account(3))
  const { stream } = await sendMessage(it, thread)
  await stream.event('error', problem(429, 'quota_exceeded'))
  await stream.end()
  expect(answers(thread)).toEqual(['failed: '])
  await it.request('GET', '/api/user').fail()
  expect(it.chat.quotaWatch.state).toMatchObject({ quota: { remaining: 0 } })
})

test('a conversation deleted elsewhere gives all that was written for it to the next new one, and says so', async () => {
  const it = world()
  const thread = await openThread(it, [question('q1', 'Hello'), reply('q1', 'Good day.')])
  await it
    .request('GET', '/api/conversations')
    .answer(200, { conversations: [conversation()], nextCursor: null })
  thread.send('Not arrived')
  await settled()
  await it.request('POST', MESSAGES).fail()
  thread.draft.write('half a thought')
  it.chat.heard(CONVERSATION)
  await settled()
  await it.request('GET', MESSAGES).answer(404, problem(404, 'not_found'))
  expect(thread.state).toMatchObject({
    history: { status: 'missing' },
    spoken: 'This conversation is not here',
  })
  expect(it.chat.thread(null).draft.state).toBe('Not arrived\n\nhalf a thought')
  expect(it.chat.list.state).toMatchObject({ conversations: [] })
  const reloaded = world({ storage: it.storage }).chat
  expect(reloaded.thread(null).draft.state).toBe('Not arrived\n\nhalf a thought')
  expect(reloaded.thread(CONVERSATION).state.turns).toEqual([])
})

test('a conversation deleted meanwhile gives the words to the next new one', async () => {
  const it = world()
  const thread = await openThread(it)
  thread.send('Are you there?')
  await settled()
  await it.request('POST', MESSAGES).answer(404, problem(404, 'not_found'))
  expect(thread.state.history).toEqual({ status: 'missing' })
  expect(it.chat.thread(null).draft.state).toBe('Are you there?')
})

test.each([
  ['a login page in place of a stream', 200, 'bad_answer'],
  ['a gateway’s page', 502, 'bad_answer'],
])('%s is a failure like any other', async (_what, status, code) => {
  const it = world()
  const thread = await openThread(it)
  thread.send('Hello')
  await settled()
  await it.request('POST', MESSAGES).answer(status, '<html>')
  expect(thread.state.turns[0]?.answer).toMatchObject({ status: 'failed', problem: { code } })
})

test('an event that cannot be read ends the reply, one that is not known does not', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream } = await sendMessage(it, thread)
  await stream.event('weather', { sunny: true })
  expect(answers(thread)).toEqual(['sending: '])
  await stream.event('done', { message: 'not one' })
  await stream.end()
  expect(thread.state.turns[0]?.answer).toMatchObject({ status: 'failed', problem: { code: 'bad_answer' } })
})
