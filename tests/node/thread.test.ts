/** A conversation from the first word to the last: sending, streaming, stopping. */
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ReplyView } from '../../web/src/conversations/ReplyView.tsx'
import { isBusy } from '../../web/src/conversations/threadState.ts'
import type { Turn } from '../../web/src/conversations/turns.ts'
import {
  ADA,
  accepted,
  answers,
  CONVERSATION,
  conversation,
  idOf,
  MESSAGES,
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

/** Without the loading of what reads markdown. */
const drawn = ({ answer }: Turn) =>
  renderToStaticMarkup(createElement(ReplyView, { answer, retry: null, change: null }))

test('a new conversation is created with its first message, and the thread stays the same one', async () => {
  const it = world()
  const thread = it.chat.thread(null)
  expect(it.requests).toHaveLength(0)
  thread.send('Hello')
  expect(answers(thread)).toEqual(['sending: '])
  await settled()
  await it.request('POST', '/api/conversations').answer(201, { conversation: conversation({ title: null }) })
  expect(thread.state.id).toBe(CONVERSATION)
  expect(it.chat.thread(CONVERSATION)).toBe(thread)
  expect(it.request('POST', MESSAGES).body).toEqual({ id: expect.any(String), content: 'Hello' })
  expect(it.request('POST', MESSAGES).authorization).toBe('Bearer token')
})

test('a conversation is named by its first message, in the list too', async () => {
  const it = world()
  it.chat.start()
  await settled()
  await it.request('GET', '/api/conversations').answer(200, { conversations: [], nextCursor: null })
  const thread = it.chat.thread(null)
  thread.send('Of engines')
  await settled()
  await it.request('POST', '/api/conversations').answer(201, { conversation: conversation({ title: null }) })
  const stream = await it.request('POST', MESSAGES).stream()
  await stream.event('message', {
    message: question(idOf(it.request('POST', MESSAGES)), 'Of engines'),
    quota: quota(9),
    conversation: { id: CONVERSATION, title: 'Of engines' },
  })
  expect(thread.state.conversation?.title).toBe('Of engines')
  expect(it.chat.list.state).toMatchObject({ conversations: [{ id: CONVERSATION, title: 'Of engines' }] })
})

test('after a conversation has begun, a new one is another', async () => {
  const it = world()
  const first = it.chat.thread(null)
  first.send('Hello')
  await settled()
  await it.request('POST', '/api/conversations').answer(201, { conversation: conversation() })
  it.chat.thread(CONVERSATION)
  expect(it.chat.thread(null)).not.toBe(first)
  expect(it.chat.thread(null).state.turns).toEqual([])
})

test('a reply is thought about, written and complete', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendAccepted(it, thread)
  expect(answers(thread)).toEqual(['thinking: '])
  await stream.event('delta', { text: 'Good ' })
  await stream.event('delta', { text: 'day.' })
  expect(answers(thread)).toEqual(['streaming: Good day.'])
  expect(thread.state.spoken).toBe('')
  await stream.event('done', { message: reply(id, 'Good day.'), usage: null, quota: quota(9) })
  await stream.end()
  expect(answers(thread)).toEqual(['complete: Good day.'])
  expect(isBusy(thread.state)).toBe(false)
  expect(thread.state.spoken).toBe('Reply: Good day.')
  expect(it.chat.quotaWatch.state).toMatchObject({ status: 'known', quota: { remaining: 9 } })
  expect(it.announced).toContain(CONVERSATION)
})

test.each([
  ['length', 'The reply was cut off: it has reached the longest that a reply may be.'],
  ['content_filter', 'The reply was cut off: the model’s filter let no more of it through.'],
  ['a reason of its own', 'The reply was cut off: the model went no further.'],
])('a reply that did not end of its own accord (%s) says why', async (finishReason, words) => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendAccepted(it, thread)
  await stream.event('done', { message: reply(id, 'Good'), usage: null, quota: quota(9), finishReason })
  await stream.end()
  expect(thread.state.spoken).toBe(`Reply: Good ${words}`)
  const [turn] = thread.state.turns
  expect(turn && drawn(turn)).toContain(words)
  void thread.read()
  await settled()
  const messages = [question(id, 'Hello'), reply(id, 'Good')]
  await it.request('GET', MESSAGES).answer(200, { messages, nextCursor: null })
  expect(thread.state.turns[0]?.answer).toMatchObject({ status: 'complete', finishReason })
})

test('events split anywhere, also within a letter, are put together again', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendMessage(it, thread)
  const events = [
    `event: message\ndata: ${JSON.stringify({ message: question(id, 'Hello'), quota: quota(9), conversation: conversation() })}\n\n`,
    ': still here\n\n',
    'event: delta\r\ndata: {"text":"स्वर 🎶"}\r\n\r\n',
    `event: done\ndata: ${JSON.stringify({ message: reply(id, 'स्वर 🎶'), usage: null, quota: quota(9) })}\n\n`,
  ]
  const bytes = new TextEncoder().encode(events.join(''))
  const seen: string[] = []
  thread.subscribe(() => seen.push(answers(thread).join()))
  for (const byte of bytes) await stream.bytes(Uint8Array.of(byte))
  await stream.end()
  expect(seen).toContain('streaming: स्वर 🎶')
  expect(answers(thread)).toEqual(['complete: स्वर 🎶'])
}, 30_000)

test('a second Enter sends nothing', async () => {
  const it = world()
  const thread = await openThread(it)
  expect(thread.send('Hello')).toBe(true)
  expect(thread.send('Hello')).toBe(false)
  await settled()
  expect(it.sent('POST', MESSAGES)).toHaveLength(1)
  expect(thread.state.turns).toHaveLength(1)
})

test.each([
  ['nothing', '   \n '],
  ['more than 16,000 characters', 'x'.repeat(16_001)],
])('%s is not sent', async (_what, content) => {
  const it = world()
  const thread = await openThread(it)
  expect(thread.send(content)).toBe(false)
  await settled()
  expect(it.sent('POST', MESSAGES)).toHaveLength(0)
})

test('stopping lets the model go at once and keeps what it has said, in the server’s words', async () => {
  const it = world()
  const thread = await openThread(it)
  const { request, stream, id } = await sendAccepted(it, thread)
  await stream.event('delta', { text: 'Good ' })
  thread.stop()
  expect(request.aborted).toBe(true)
  expect(answers(thread)).toEqual(['stopped: Good '])
  expect(isBusy(thread.state)).toBe(false)
  await stream.event('delta', { text: 'evening' })
  expect(answers(thread)).toEqual(['stopped: Good '])
  await it.clock.pass(1_500)
  await it.request('GET', MESSAGES).answer(200, {
    messages: [question(id, 'Hello'), reply(id, 'Good day', 'stopped')],
    nextCursor: null,
  })
  expect(answers(thread)).toEqual(['stopped: Good day'])
})

test('a stop is told to the other tabs as soon as the server has settled it', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendMessage(it, thread)
  const accepted = { message: question(id, 'Hello'), quota: quota(9), conversation: conversation() }
  await stream.event('message', accepted)
  const before = it.announced.length
  thread.stop()
  for (const status of ['pending', 'stopped']) {
    expect(it.announced).toHaveLength(before)
    await it.clock.pass(1_500)
    const messages = [question(id, 'Hello'), reply(id, '', status)]
    await it.request('GET', MESSAGES).answer(200, { messages, nextCursor: null })
  }
  expect(it.announced.slice(before)).toEqual([CONVERSATION])
  const asked = it.sent('GET', MESSAGES).length
  await it.clock.pass(60_000)
  expect(it.sent('GET', MESSAGES)).toHaveLength(asked)
})

test.each(['', 'Good '])('a reply stopped after “%s” is asked for again under the same id', async (said) => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id } = await sendMessage(it, thread)
  await stream.event('delta', { text: said })
  thread.stop()
  expect(answers(thread)).toEqual([`stopped: ${said}`])
  thread.retry(id)
  await settled()
  expect(it.sent('POST', MESSAGES).map(idOf)).toEqual([id, id])
})

test('another conversation is looked at while a reply is written; neither sees the other’s words', async () => {
  const it = world()
  const thread = await openThread(it)
  const { stream, id, request } = await sendMessage(it, thread)
  const other = it.chat.thread('0190a000-0000-7000-8000-00000000000b')
  it.chat.show(other)
  await stream.event('message', accepted(id))
  await stream.event('delta', { text: 'Good day.' })
  expect(other.state.turns).toEqual([])
  expect(request.aborted).toBe(false)
  expect(it.chat.thread(CONVERSATION)).toBe(thread)
  expect(answers(thread)).toEqual(['streaming: Good day.'])
})

test('when the user leaves, what runs is ended and nothing late is heard', async () => {
  const it = world()
  const thread = await openThread(it)
  thread.draft.write('half a thought')
  const { request, stream, id } = await sendMessage(it, thread)
  it.chat.close()
  expect(request.aborted).toBe(true)
  await stream.event('message', accepted(id))
  expect(answers(thread)).toEqual(['sending: '])
  expect(it.storage.length).toBe(0)
})

test('a token that is refused is replaced once by a fresh one', async () => {
  const it = world()
  const thread = await openThread(it)
  thread.send('Hello')
  await settled()
  await it.request('POST', MESSAGES).answer(401, problem(401, 'unauthenticated'))
  const [first, second] = it.sent('POST', MESSAGES)
  expect([first?.authorization, second?.authorization]).toEqual(['Bearer token', 'Bearer fresh-token'])
  await second?.answer(401, problem(401, 'unauthenticated'))
  expect(it.sent('POST', MESSAGES)).toHaveLength(2)
  expect(thread.state.turns[0]?.answer).toMatchObject({
    status: 'failed',
    problem: { code: 'unauthenticated' },
  })
})

test('the token of a deleted user ends their stay', async () => {
  const it = world()
  const thread = await openThread(it)
  thread.send('Hello')
  await settled()
  await it.request('POST', MESSAGES).answer(401, problem(401, 'user_deleted'))
  expect(it.deletions).toEqual([ADA])
  expect(it.sent('POST', MESSAGES)).toHaveLength(1)
})
