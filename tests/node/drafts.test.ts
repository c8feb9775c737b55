/** What has been written and has not arrived: drafts, and messages that were sent into the void. A reload finds both. */
import { expect, test } from 'vitest'
import { forgetDrafts } from '../../web/src/conversations/drafts.ts'
import {
  ADA,
  accepted,
  answers,
  CONVERSATION,
  conversation,
  fakeStorage,
  idOf,
  MESSAGES,
  NOON,
  openThread,
  problem,
  question,
  quota,
  reply,
  sendMessage,
  settled,
  type World,
  world,
} from './thread-world.ts'

const OTHER = '0190a000-0000-7000-8000-00000000000b'

/** A message that was sent without a network. */
async function sendInVain(it: World, content: string) {
  const thread = await openThread(it)
  thread.draft.write(content)
  thread.send(content)
  await settled()
  const id = idOf(it.request('POST', MESSAGES))
  await it.request('POST', MESSAGES).fail()
  return { thread, id }
}

const questions = (thread: { state: { turns: readonly { question: { content: string } | null }[] } }) =>
  thread.state.turns.map(({ question }) => question?.content)

test('a message on its way leaves the composer; until it is accepted a reload finds it where it was said', async () => {
  const storage = fakeStorage()
  const it = world({ storage })
  const thread = await openThread(it)
  thread.draft.write('Hello')
  const { stream, id } = await sendMessage(it, thread)
  expect(thread.draft.state).toBe('')
  const reloaded = world({ storage }).chat.thread(CONVERSATION)
  expect(reloaded.draft.state).toBe('')
  expect(reloaded.state.turns).toMatchObject([
    { id, question: { content: 'Hello' }, answer: { status: 'failed', problem: { code: 'unsent' } } },
  ])
  await stream.event('message', accepted(id))
  expect(world({ storage }).chat.thread(CONVERSATION).state.turns).toEqual([])
})

test('a message that did not arrive survives a reload, whatever has been written since, and is tried again under its id', async () => {
  const storage = fakeStorage()
  const { thread, id } = await sendInVain(world({ storage }), 'important')
  thread.draft.write('o')
  thread.draft.write('')
  const it = world({ storage })
  const reloaded = await openThread(it)
  expect(questions(reloaded)).toEqual(['important'])
  reloaded.retry(id)
  await settled()
  expect(it.request('POST', MESSAGES).body).toEqual({ id, content: 'important' })
})

test('a message that arrived although its answer was lost does not come back', async () => {
  const storage = fakeStorage()
  const it = world({ storage })
  const { id, thread } = await sendInVain(it, 'Hello')
  await it.clock.pass(1_500)
  const messages = [question(id, 'Hello'), reply(id, 'Good day.')]
  await it.request('GET', MESSAGES).answer(200, { messages, nextCursor: null })
  expect(answers(thread)).toEqual(['complete: Good day.'])
  expect(storage.length).toBe(0)
})

test('a message that arrived before a reload is not said twice after it', async () => {
  const storage = fakeStorage()
  const { id } = await sendInVain(world({ storage }), 'Hello')
  const reloaded = await openThread(world({ storage }), [question(id, 'Hello'), reply(id, 'Good day.')])
  expect(answers(reloaded)).toEqual(['complete: Good day.'])
  expect(storage.length).toBe(0)
})

test('a message that did not arrive can be changed, and is then no message but a draft', async () => {
  const storage = fakeStorage()
  const { thread, id } = await sendInVain(world({ storage }), 'Helo')
  thread.takeBack(id)
  expect(thread.state.turns).toEqual([])
  const reloaded = world({ storage }).chat.thread(CONVERSATION)
  expect(reloaded.state.turns).toEqual([])
  expect(reloaded.draft.state).toBe('Helo')
})

test('a message that has arrived cannot be changed', async () => {
  const thread = await openThread(world(), [question('q1', 'Hello'), reply('q1', '', 'failed')])
  thread.takeBack('q1')
  expect(questions(thread)).toEqual(['Hello'])
})

test('nor can one that is on its way', async () => {
  const thread = world().chat.thread(null)
  thread.send('Hello')
  thread.takeBack(thread.state.turns[0]?.id ?? '')
  expect([questions(thread), answers(thread)]).toEqual([['Hello'], ['sending: ']])
  expect(thread.draft.state).toBe('')
})

test('a new conversation that is beginning lends nothing to the next one, and takes nothing of it', async () => {
  const storage = fakeStorage()
  const it = world({ storage })
  const first = it.chat.thread(null)
  first.draft.write('Hello')
  first.send('Hello')
  await settled()
  it.chat.thread(OTHER)
  const next = it.chat.thread(null)
  expect(next.draft.state).toBe('')
  next.draft.write('Something else')
  await it.request('POST', '/api/conversations').answer(201, { conversation: conversation() })
  const reloaded = world({ storage }).chat
  expect(reloaded.thread(CONVERSATION).draft.state).toBe('')
  expect(questions(reloaded.thread(CONVERSATION))).toEqual(['Hello'])
  expect(reloaded.thread(null).draft.state).toBe('Something else')
})

test('a new conversation that could not begin is at hand until it does, also after a reload', async () => {
  const storage = fakeStorage()
  const before = world({ storage })
  const thread = before.chat.thread(null)
  thread.send('Hello')
  await settled()
  await before.request('POST', '/api/conversations').answer(503, problem(503, 'database_unavailable'))
  before.chat.thread(OTHER)
  expect(before.chat.thread(null)).toBe(thread)
  thread.draft.write('and more')

  const it = world({ storage })
  const reloaded = it.chat.thread(null)
  expect(questions(reloaded)).toEqual(['Hello'])
  expect(reloaded.draft.state).toBe('and more')
  reloaded.retry(reloaded.state.turns[0]?.id ?? '')
  await settled()
  const [first] = before.sent('POST', '/api/conversations')
  expect(it.request('POST', '/api/conversations').body).toEqual(first?.body)
  await it.request('POST', '/api/conversations').answer(201, { conversation: conversation() })
  expect(idOf(it.request('POST', MESSAGES))).toBe(reloaded.state.turns[0]?.id)
  expect(world({ storage }).chat.thread(null).state.turns).toEqual([])
})

test('a new conversation that could not begin, and has begun in another tab, goes on here', async () => {
  const storage = fakeStorage()
  const one = world({ storage })
  const thread = one.chat.thread(null)
  thread.send('Hello')
  await settled()
  await one.request('POST', '/api/conversations').fail()
  const other = world({ storage })
  const same = other.chat.thread(null)
  expect(same.key).toBe(thread.key)

  const begun = conversation({ id: thread.key })
  const id = thread.state.turns[0]?.id ?? ''
  thread.retry(id)
  await settled()
  await one.request('POST', '/api/conversations').answer(201, { conversation: begun })
  const stream = await one.request('POST', /messages$/).stream()
  await stream.event('message', { message: question(id, 'Hello'), quota: quota(9), conversation: begun })
  other.chat.heard(thread.key)
  await settled()
  expect(same.state.id).toBe(thread.key)
  const messages = [question(id, 'Hello'), reply(id, '', 'pending')]
  await other.request('GET', /messages$/).answer(200, { messages, nextCursor: null })
  expect(answers(same)).toEqual(['pending: '])
  expect(storage.length).toBe(0)
})

test('a new conversation that could not begin while another took its place gives its words to that one', async () => {
  const storage = fakeStorage()
  const it = world({ storage })
  it.chat.thread(null).send('Hello')
  await settled()
  it.chat.thread(OTHER)
  it.chat.thread(null).draft.write('Something else')
  await it.request('POST', '/api/conversations').fail()
  expect(it.chat.thread(null).draft.state).toBe('Hello\n\nSomething else')
  const reloaded = world({ storage }).chat.thread(null)
  expect(reloaded.draft.state).toBe('Hello\n\nSomething else')
  expect(reloaded.state.turns).toEqual([])
})

test('the first message of a new conversation, taken back, is the draft of the next', async () => {
  const storage = fakeStorage()
  const it = world({ storage })
  const thread = it.chat.thread(null)
  thread.send('Helo')
  await settled()
  await it.request('POST', '/api/conversations').fail()
  thread.takeBack(thread.state.turns[0]?.id ?? '')
  expect(world({ storage }).chat.thread(null).draft.state).toBe('Helo')
})

test('a conversation begins once, however often its first message is tried', async () => {
  const it = world()
  const thread = it.chat.thread(null)
  thread.send('Hello')
  await settled()
  thread.stop()
  const [turn] = thread.state.turns
  thread.retry(turn?.id ?? '')
  await settled()
  const bodies = it.sent('POST', '/api/conversations').map(({ body }) => body)
  expect(bodies).toEqual([{ id: thread.key }, { id: thread.key }])
})

test('no more than the twenty latest messages that did not arrive are kept', async () => {
  const storage = fakeStorage()
  const it = world({ storage })
  const thread = await openThread(it)
  for (let n = 1; n <= 21; n += 1) {
    it.clock.now = NOON + n
    thread.send(`${n}`)
    await settled()
    await it.request('POST', MESSAGES).fail()
  }
  const kept = questions(world({ storage }).chat.thread(CONVERSATION))
  expect(kept).toEqual(Array.from({ length: 20 }, (_, n) => `${n + 2}`))
})

test('drafts are kept for each conversation, and neither they nor messages are anybody else’s', async () => {
  const storage = fakeStorage()
  const before = world({ storage })
  await sendInVain(before, 'Hello')
  before.chat.thread(CONVERSATION).draft.write('half a thought')
  before.chat.thread(null).draft.write('a beginning')
  const after = world({ storage })
  expect(after.chat.thread(CONVERSATION).draft.state).toBe('half a thought')
  expect(after.chat.thread(null).draft.state).toBe('a beginning')
  const bob = world({ storage, userId: 'user_bob' }).chat
  expect(bob.thread(null).draft.state).toBe('')
  expect(bob.thread(CONVERSATION).state.turns).toEqual([])
  expect(storage.length).toBe(0)
})

test('signing out forgets what that user had written, and nobody else’s', () => {
  const storage = fakeStorage()
  storage.setItem('swarai.theme', 'dark')
  storage.setItem(`swarai.draft.${ADA}.new`, 'hers')
  storage.setItem(`swarai.draft.${ADA}.unsent.uuid-1`, 'hers')
  storage.setItem('swarai.draft.user_bob.new', 'his')
  forgetDrafts(storage, { of: ADA })
  const left = Array.from({ length: storage.length }, (_, n) => storage.key(n))
  expect(left).toEqual(['swarai.theme', 'swarai.draft.user_bob.new'])
})

test('whoever leaves while a conversation begins leaves nothing, also when it has begun', async () => {
  const it = world()
  it.chat.thread(null).send('Hello')
  await settled()
  it.chat.thread(OTHER)
  it.chat.close()
  await it.request('POST', '/api/conversations').answer(201, { conversation: conversation() })
  expect(it.storage.length).toBe(0)
})

test('a blocked storage loses no more than what was not sent on a closed page', async () => {
  const refuse = () => {
    throw new Error('denied')
  }
  const it = world({
    storage: { getItem: refuse, setItem: refuse, removeItem: refuse, key: refuse, length: 1 },
  })
  it.chat.thread(null).draft.write('a beginning')
  expect(it.chat.thread(null).draft.state).toBe('a beginning')
  const { thread } = await sendInVain(it, 'Hello')
  expect(questions(thread)).toEqual(['Hello'])
})
