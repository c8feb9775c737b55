/** What has been said before: read page by page, read again, and joined with what this page knows. */
import { expect, test } from 'vitest'
import {
  answers,
  CONVERSATION,
  idOf,
  MESSAGES,
  openThread,
  problem,
  question,
  reply,
  sendAccepted,
  settled,
  showThread,
  world,
} from './thread-world.ts'

const turn = (n: number) => [question(`q${n}`, `Question ${n}`), reply(`q${n}`, `Answer ${n}`)]

test('older pages go in front, and a turn cut in two between pages is whole again', async () => {
  const it = world()
  const thread = await openThread(it, [reply('q2', 'Answer 2'), ...turn(3)], 'older-1')
  expect(thread.state.turns[0]?.question).toBeNull()
  void thread.readOlder()
  void thread.readOlder()
  await settled()
  const asked = it.sent('GET', /cursor=older-1/)
  expect(asked).toHaveLength(1)
  await asked[0]?.answer(200, { messages: [...turn(1), question('q2', 'Question 2')], nextCursor: null })
  expect(thread.state.turns.map(({ question }) => question?.content)).toEqual([
    'Question 1',
    'Question 2',
    'Question 3',
  ])
  expect(answers(thread)).toEqual(['complete: Answer 1', 'complete: Answer 2', 'complete: Answer 3'])
  expect(thread.state.history).toEqual({ status: 'loaded', older: { status: 'none' } })
})

test('an older page that could not be read is asked for again', async () => {
  const it = world()
  const thread = await openThread(it, turn(2), 'older-1')
  void thread.readOlder()
  await settled()
  await it.request('GET', /cursor=older-1/).fail()
  expect(thread.state.history).toMatchObject({ older: { status: 'failed', cursor: 'older-1' } })
  void thread.readOlder()
  await settled()
  await it.request('GET', /cursor=older-1/).answer(200, { messages: turn(1), nextCursor: null })
  expect(thread.state.turns).toHaveLength(2)
})

test('reading again adds what another tab has written, and keeps the older part', async () => {
  const it = world()
  const thread = await openThread(it, turn(1), 'older-1')
  it.chat.heard(CONVERSATION)
  await settled()
  await it.request('GET', MESSAGES).answer(200, { messages: [...turn(1), ...turn(2)], nextCursor: 'older-1' })
  expect(answers(thread)).toEqual(['complete: Answer 1', 'complete: Answer 2'])
  expect(thread.state.history).toEqual({ status: 'loaded', older: { status: 'there', cursor: 'older-1' } })
})

test('what another tab has written while this one was writing is read as soon as it has done', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendAccepted(it, thread)
  const asked = it.sent('GET', MESSAGES).length
  it.chat.heard(CONVERSATION)
  await settled()
  expect(it.sent('GET', MESSAGES)).toHaveLength(asked)
  await stream.event('done', { message: reply(id, 'Good day.'), quota: null })
  await stream.end()
  expect(it.sent('GET', MESSAGES)).toHaveLength(asked + 1)
  const messages = [question(id, 'Hello'), reply(id, 'Good day.'), ...turn(2)]
  await it.request('GET', MESSAGES).answer(200, { messages, nextCursor: null })
  expect(answers(thread)).toEqual(['complete: Good day.', 'complete: Answer 2'])
})

test('when more has been written elsewhere than one page holds, no gap is left', async () => {
  const it = world()
  const thread = await openThread(it, turn(1))
  void thread.read()
  await settled()
  await it.request('GET', MESSAGES).answer(200, { messages: [...turn(8), ...turn(9)], nextCursor: 'older-2' })
  expect(answers(thread)).toEqual(['complete: Answer 8', 'complete: Answer 9'])
  expect(thread.state.history).toEqual({ status: 'loaded', older: { status: 'there', cursor: 'older-2' } })
})

test('a reply that another tab is writing is asked for until it is there', async () => {
  const it = world()
  const thread = await openThread(it, [question('q1', 'Hello'), reply('q1', '', 'pending')])
  expect(answers(thread)).toEqual(['pending: '])
  const waits: number[] = []
  for (let poll = 0; poll < 3; poll += 1) {
    const [wait = 0] = it.clock.waits()
    waits.push(wait)
    await it.clock.pass(wait)
    const status = poll < 2 ? 'pending' : 'complete'
    await it.request('GET', MESSAGES).answer(200, {
      messages: [question('q1', 'Hello'), reply('q1', status === 'complete' ? 'Good day.' : '', status)],
      nextCursor: null,
    })
  }
  expect(waits).toEqual([1_500, 2_250, 3_375])
  expect(answers(thread)).toEqual(['complete: Good day.'])
  expect(thread.state.spoken).toBe('Reply: Good day.')
  const asked = it.sent('GET', MESSAGES).length
  await it.clock.pass(60_000)
  expect(it.sent('GET', MESSAGES)).toHaveLength(asked)
})

test('a history read before a message was sent does not take the message away', async () => {
  const it = world()
  const thread = await openThread(it, turn(1))
  void thread.read()
  await settled()
  const late = it.request('GET', MESSAGES)
  const { stream, id } = await sendAccepted(it, thread)
  await stream.event('done', { message: reply(id, 'Good day.'), quota: null })
  await stream.end()
  await late.answer(200, { messages: turn(1), nextCursor: null })
  expect(answers(thread)).toEqual(['complete: Answer 1', 'complete: Good day.'])
})

test('nor does the history of a conversation in which nothing had been said', async () => {
  const it = world()
  const thread = await openThread(it)
  void thread.read()
  await settled()
  const late = it.request('GET', MESSAGES)
  const { stream, id } = await sendAccepted(it, thread)
  await stream.event('done', { message: reply(id, 'Good day.'), quota: null })
  await stream.end()
  await late.answer(200, { messages: [], nextCursor: null })
  expect(answers(thread)).toEqual(['complete: Good day.'])
})

test('a history that still calls a finished reply pending is not believed', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendAccepted(it, thread)
  void thread.read()
  await settled()
  await stream.event('done', { message: reply(id, 'Good day.'), quota: null })
  await stream.end()
  await it.request('GET', MESSAGES).answer(200, {
    messages: [question(id, 'Hello'), reply(id, '', 'pending')],
    nextCursor: null,
  })
  expect(answers(thread)).toEqual(['complete: Good day.'])
})

test('of two readings the later one counts, whichever answers last', async () => {
  const it = world()
  const thread = await openThread(it)
  void thread.read()
  await settled()
  const first = it.request('GET', MESSAGES)
  void thread.read()
  await settled()
  expect(first.aborted).toBe(true)
  await it.request('GET', MESSAGES).answer(200, { messages: turn(2), nextCursor: null })
  await first.answer(200, { messages: turn(1), nextCursor: null })
  expect(answers(thread)).toEqual(['complete: Answer 2'])
})

test('a message that did not arrive keeps its place when a later one has', async () => {
  const it = world()
  const thread = await openThread(it, turn(1))
  thread.send('Not arrived')
  await settled()
  await it.request('POST', MESSAGES).fail()
  const { stream, id } = await sendAccepted(it, thread)
  await stream.event('done', { message: reply(id, 'Good day.'), quota: null })
  await stream.end()
  it.chat.wake()
  await settled()
  const messages = [...turn(1), question(id, 'Hello'), reply(id, 'Good day.')]
  await it.request('GET', MESSAGES).answer(200, { messages, nextCursor: null })
  expect(answers(thread)).toEqual(['complete: Answer 1', 'failed: ', 'complete: Good day.'])
})

test('a message that is sent again among older ones is not taken away while its reply is written', async () => {
  const it = world()
  const thread = await openThread(it, turn(1))
  thread.send('Again')
  await settled()
  const taken = idOf(it.request('POST', MESSAGES))
  await it.request('POST', MESSAGES).answer(409, problem(409, 'conflict'))
  const { stream, id } = await sendAccepted(it, thread)
  await stream.event('done', { message: reply(id, 'Good day.'), quota: null })
  await stream.end()
  void thread.read()
  await settled()
  const early = it.request('GET', MESSAGES)
  thread.retry(taken)
  await settled()
  const again = it.request('POST', MESSAGES)
  const replies = await again.stream()
  await replies.event('message', { message: question(idOf(again), 'Again'), quota: null, conversation: null })
  await replies.event('delta', { text: 'At last' })
  const messages = [...turn(1), question(id, 'Hello'), reply(id, 'Good day.')]
  await early.answer(200, { messages, nextCursor: null })
  expect(answers(thread)).toEqual(['complete: Answer 1', 'streaming: At last', 'complete: Good day.'])
})

test('a conversation that is not there, or is somebody else’s, is missing', async () => {
  const it = world()
  const thread = showThread(it)
  await settled()
  await it.request('GET', MESSAGES).answer(404, problem(404, 'not_found'))
  expect(thread.state.history).toEqual({ status: 'missing' })
  expect(thread.send('Hello')).toBe(false)
})

test('a history that cannot be read says why, and is read again when the network is back', async () => {
  const it = world()
  const thread = showThread(it)
  await settled()
  await it.request('GET', MESSAGES).answer(503, problem(503, 'database_unavailable'))
  expect(thread.state.history).toMatchObject({ status: 'failed', problem: { code: 'database_unavailable' } })
  it.chat.wake()
  expect(thread.state.history).toMatchObject({ problem: { code: 'database_unavailable' }, isReading: true })
  await settled()
  await it.request('GET', MESSAGES).answer(200, { messages: turn(1), nextCursor: null })
  expect(answers(thread)).toEqual(['complete: Answer 1'])
})

test('a page of messages with a hole in it is not shown as if it were whole', async () => {
  const it = world()
  const thread = showThread(it)
  await settled()
  await it.request('GET', MESSAGES).answer(200, { messages: [...turn(1), { id: 'x' }], nextCursor: null })
  expect(thread.state.history).toMatchObject({ status: 'failed', problem: { code: 'bad_answer' } })
})
