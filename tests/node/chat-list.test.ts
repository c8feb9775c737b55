/** The conversations of a user and their quota, as the chat page keeps them. */
import { expect, test } from 'vitest'
import {
  account,
  CONVERSATION,
  conversation,
  MIDNIGHT,
  NOON,
  openThread,
  problem,
  quota,
  settled,
  type World,
  world,
} from './thread-world.ts'

const LIST = '/api/conversations'
const named = (n: number, title = `Conversation ${n}`) =>
  conversation({ id: `c${n}`, title, updatedAt: new Date(NOON - n * 60_000).toISOString() })

const titles = ({ chat }: World) =>
  chat.list.state.status === 'loaded' ? chat.list.state.conversations.map(({ title }) => title) : []

async function started(conversations: unknown[] = [], nextCursor: string | null = null) {
  const it = world()
  it.chat.start()
  await settled()
  await it.request('GET', LIST).answer(200, { conversations, nextCursor })
  return it
}

test('the list is read on page by page, and nobody is in it twice', async () => {
  const it = await started([named(1), named(2)], 'next')
  void it.chat.list.readMore()
  void it.chat.list.readMore()
  await settled()
  expect(it.sent('GET', /cursor=next/)).toHaveLength(1)
  await it
    .request('GET', /cursor=next/)
    .answer(200, { conversations: [named(2), named(3)], nextCursor: null })
  expect(titles(it)).toEqual(['Conversation 1', 'Conversation 2', 'Conversation 3'])
})

test('a search waits for the typing to pause, and answers for words typed over are ignored', async () => {
  const it = await started([named(1)])
  it.chat.list.search('en')
  await it.clock.pass(250)
  const early = it.request('GET', /query=en&?$|query=en$/)
  it.chat.list.search('eng')
  expect(early.aborted).toBe(true)
  await it.clock.pass(100)
  it.chat.list.search('engine')
  await it.clock.pass(250)
  expect(it.sent('GET', /query=eng$/)).toHaveLength(0)
  await early.answer(200, { conversations: [named(8)], nextCursor: null })
  await it.request('GET', /query=engine/).answer(200, { conversations: [named(9)], nextCursor: null })
  expect(titles(it)).toEqual(['Conversation 9'])
})

test('what has begun while the list was read is in it', async () => {
  const it = world()
  it.chat.start()
  await settled()
  it.chat.touched(named(1))
  await it.request('GET', LIST).answer(200, { conversations: [named(2)], nextCursor: null })
  expect(titles(it)).toEqual(['Conversation 1', 'Conversation 2'])
})

test('a new name that was given while the list was read stays', async () => {
  const it = await started([named(1)])
  it.chat.wake()
  await settled()
  const early = it.request('GET', LIST)
  const renaming = it.chat.rename('c1', 'Of engines')
  await settled()
  await it.request('PATCH', '/api/conversations/c1').answer(200, { conversation: named(1, 'Of engines') })
  await renaming
  await early.answer(200, { conversations: [named(1)], nextCursor: null })
  expect(titles(it)).toEqual(['Of engines'])
})

test('what was deleted while the list was read, from the beginning or further down, does not come back', async () => {
  const it = await started([named(1), named(2)], 'next')
  void it.chat.list.readMore()
  it.chat.wake()
  await settled()
  const [further] = it.sent('GET', /cursor=next/)
  const beginning = it.request('GET', /conversations$/)
  for (const id of ['c2', 'c3']) {
    const removing = it.chat.remove(id)
    await settled()
    await it.request('DELETE', `${LIST}/${id}`).answer(204, null)
    await removing
  }
  await beginning.answer(200, { conversations: [named(1), named(2)], nextCursor: 'next' })
  await further?.answer(200, { conversations: [named(3), named(4)], nextCursor: null })
  expect(titles(it)).toEqual(['Conversation 1', 'Conversation 4'])
})

test('whoever has read on keeps their place when the beginning is read again', async () => {
  const it = await started([named(3), named(4)], 'next')
  void it.chat.list.readMore()
  await settled()
  await it.request('GET', /cursor=next/).answer(200, { conversations: [named(5)], nextCursor: 'last' })
  it.chat.wake()
  await settled()
  // One has begun elsewhere, one was deleted there.
  await it
    .request('GET', /conversations$/)
    .answer(200, { conversations: [named(1), named(4)], nextCursor: 'next' })
  expect(titles(it)).toEqual(['Conversation 1', 'Conversation 4', 'Conversation 5'])
  expect(it.chat.list.state).toMatchObject({ more: { status: 'there', cursor: 'last' } })
})

test('when more has begun elsewhere than one page holds, the list is read from there', async () => {
  const it = await started([named(8), named(9)], 'next')
  it.chat.wake()
  await settled()
  await it
    .request('GET', /conversations$/)
    .answer(200, { conversations: [named(1), named(2)], nextCursor: 'third' })
  expect(titles(it)).toEqual(['Conversation 1', 'Conversation 2'])
  expect(it.chat.list.state).toMatchObject({ more: { status: 'there', cursor: 'third' } })
})

test('reading on goes on when the beginning is read again meanwhile, also in vain', async () => {
  const it = await started([named(1)], 'next')
  void it.chat.list.readMore()
  it.chat.wake()
  await settled()
  await it.request('GET', /conversations$/).answer(503, problem(503, 'database_unavailable'))
  await it.request('GET', /cursor=next/).answer(200, { conversations: [named(2)], nextCursor: null })
  expect(titles(it)).toEqual(['Conversation 1', 'Conversation 2'])
  expect(it.chat.list.state).toMatchObject({ more: { status: 'none' } })
})

test('a list that could not be read says so while it is read once more', async () => {
  const it = world()
  it.chat.start()
  await settled()
  await it.request('GET', LIST).fail()
  it.chat.wake()
  expect(it.chat.list.state).toMatchObject({
    status: 'failed',
    problem: { code: 'network' },
    isReading: true,
  })
  await settled()
  await it.request('GET', LIST).fail()
  expect(it.chat.list.state).toMatchObject({ status: 'failed', isReading: false })
})

test('what was found by other words is not shown as the answer to a search that could not be made', async () => {
  const it = await started([named(1)])
  it.chat.list.search('engine')
  await it.clock.pass(250)
  await it.request('GET', /query=engine/).fail()
  expect(it.chat.list.state).toMatchObject({ query: 'engine', status: 'failed' })
})

test('a conversation that is written in moves to the top', async () => {
  const it = await started([named(1), named(2)])
  it.chat.touched({ ...named(2), updatedAt: new Date(NOON).toISOString() })
  expect(titles(it)).toEqual(['Conversation 2', 'Conversation 1'])
})

test('a new name is shown at once, and taken back when it is refused', async () => {
  const it = await started([named(1), named(2)])
  const renaming = it.chat.rename('c2', '  Of engines ')
  expect(titles(it)).toEqual(['Conversation 1', 'Of engines'])
  await settled()
  expect(it.request('PATCH', '/api/conversations/c2').body).toEqual({ title: 'Of engines' })
  await it.request('PATCH', '/api/conversations/c2').answer(503, problem(503, 'database_unavailable'))
  expect(await renaming).toMatchObject({ code: 'database_unavailable' })
  expect(titles(it)).toEqual(['Conversation 1', 'Conversation 2'])
})

test.each([204, 404])(
  'a deleted conversation leaves the list, its thread and its draft (%i)',
  async (status) => {
    const it = await started([conversation(), named(2)])
    const thread = await openThread(it)
    thread.draft.write('half a thought')
    const removing = it.chat.remove(CONVERSATION)
    await settled()
    await it.request('DELETE', `${LIST}/${CONVERSATION}`).answer(status, problem(status, 'not_found'))
    expect(await removing).toBeNull()
    expect(titles(it)).toEqual(['Conversation 2'])
    expect(it.chat.thread(CONVERSATION)).not.toBe(thread)
    expect(it.storage.length).toBe(0)
    expect(it.announced).toEqual([CONVERSATION])
  },
)

test('a conversation that could not be deleted stays', async () => {
  const it = await started([named(1)])
  const removing = it.chat.remove('c1')
  await settled()
  await it.request('DELETE', `${LIST}/c1`).fail()
  expect(await removing).toMatchObject({ code: 'network' })
  expect(titles(it)).toEqual(['Conversation 1'])
})

test('a list that cannot be read again is shown as it was, with the reason', async () => {
  const it = await started([named(1)])
  it.chat.wake()
  await settled()
  await it.request('GET', LIST).answer(503, problem(503, 'database_unavailable'))
  expect(it.chat.list.state).toMatchObject({ status: 'loaded', problem: { code: 'database_unavailable' } })
  expect(titles(it)).toEqual(['Conversation 1'])
})

test('a raised tier opens a closed wall within a minute', async () => {
  const it = world()
  it.chat.quota(quota(0))
  expect(it.clock.waits()).toEqual([60_000])
  await it.clock.pass(60_000)
  await it.request('GET', '/api/user').answer(200, account(90, 'PRO', 100))
  expect(it.chat.quotaWatch.state).toMatchObject({ tier: 'PRO', quota: { remaining: 90 } })
})

test('a wall stands until the day is over, and is looked behind as soon as it is', async () => {
  const it = world()
  it.clock.now = Date.parse(MIDNIGHT) - 30_000
  it.chat.quota(quota(0))
  await it.clock.pass(31_500)
  expect(it.sent('GET', '/api/user')).toHaveLength(1)
})

test('while the quota cannot be read the wall stays, and is looked behind again', async () => {
  const it = world()
  it.chat.quota(quota(0))
  await it.clock.pass(60_000)
  await it.request('GET', '/api/user').fail()
  expect(it.chat.quotaWatch.state).toMatchObject({ status: 'known', quota: { remaining: 0 } })
  await it.clock.pass(60_000)
  expect(it.sent('GET', '/api/user')).toHaveLength(2)
})

test('what a message told of the quota is not overwritten by an older answer', async () => {
  const it = world()
  it.chat.start()
  await settled()
  it.chat.quota(quota(3))
  await it.request('GET', '/api/user').answer(200, account(4))
  expect(it.chat.quotaWatch.state).toMatchObject({ quota: { remaining: 3 } })
})

test('a quota that could not be read at first is read again by itself', async () => {
  const it = world()
  it.chat.start()
  await settled()
  await it.request('GET', '/api/user').fail()
  expect(it.chat.quotaWatch.state).toMatchObject({ status: 'unknown', problem: { code: 'network' } })
  await it.clock.pass(60_000)
  await it.request('GET', '/api/user').answer(200, account(4))
  expect(it.chat.quotaWatch.state).toMatchObject({ status: 'known', quota: { remaining: 4 } })
})

test('syncs that fail one after another start the chat once, and one that succeeds reads it again', async () => {
  const it = world()
  const requests = async (syncedAt: number | null) => {
    it.chat.start(syncedAt)
    await settled()
    return it.sent('GET', LIST).length
  }
  const counts = [await requests(null), await requests(null), await requests(NOON), await requests(null)]
  expect([...counts, await requests(NOON), await requests(NOON + 1)]).toEqual([1, 1, 2, 2, 2, 3])
})

test('an answer that comes after its user has left signs nobody out', async () => {
  const it = await started([named(1)])
  void it.chat.rename('c1', 'Of engines')
  await settled()
  it.chat.close()
  await it.request('PATCH', `${LIST}/c1`).answer(401, problem(401, 'user_deleted'))
  expect(it.deletions).toEqual([])
})
