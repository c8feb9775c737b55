/** A reader who leaves as real ones do, by dropping the request; or who stays, and takes nothing any more. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import worker from '../../worker/index.ts'
import { arm, control, emptyDatabase, ORIGIN, requestsTo, resetStandIns } from './support.ts'
import {
  counted,
  eventsOf,
  heldMessages,
  messagesPath,
  newConversation,
  newUser,
  questions,
  say,
  sayAtOnce,
  scriptReply,
  setPace,
} from './talk.ts'
import { tokenFor } from './tokens.ts'

const CONTENT = 'Good morning!'

/** For what the platform or a deadline of ours brings about. */
const SOON = { timeout: 20_000 }

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

async function sending(user: string, conversation: string, id: string, content = CONTENT) {
  return new Request(new URL(messagesPath(conversation), ORIGIN), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await tokenFor(user)}` },
    body: JSON.stringify({ id, content }),
  })
}

/** Sends a message to the Worker as the platform does, in a context of its own that ends with the request. */
async function sendAndLeave(user: string, conversation: string, id: string, when: () => Promise<unknown>) {
  const reader = new AbortController()
  const request = await sending(user, conversation, id)
  const answer = exports.default.fetch(request, { signal: reader.signal })
  answer.catch(() => undefined)
  await when()
  reader.abort()
  await expect(answer).rejects.toThrow(/abort/i)
}

describe('who leaves before the answer’s head', () => {
  test('while the message is taken: the same one is answered at once, and counts once', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    await resetStandIns()
    await arm('TEST_NEON', { times: 1, act: { kind: 'hold' } })
    await sendAndLeave(user, conversation, id, () =>
      expect.poll(() => requestsTo('TEST_NEON'), SOON).toHaveLength(1),
    )
    await control('TEST_NEON', 'faults', 'DELETE', {})
    await expect
      .poll(() => heldMessages(user), SOON)
      .toMatchObject([{ id }, { status: 'stopped', content: '', counts: true }])
    expect(await questions()).toEqual([])
    expect((await say(user, conversation, CONTENT, { id })).names).toEqual(['message', 'delta', 'done'])
    expect(await counted(user)).toBe(1)
  }, 60_000)

  test('when it has been taken, and the database’s answer stalls: likewise', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    await arm('TEST_NEON', { times: 1, act: { kind: 'stall-answer' } })
    await sendAndLeave(user, conversation, id, () =>
      expect.poll(() => heldMessages(user), SOON).toMatchObject([{ id }, { status: 'pending' }]),
    )
    const { text } = await sayAtOnce(user, conversation, { id, content: CONTENT })
    expect(eventsOf(text).at(-1)).toMatchObject({ event: 'done', data: { message: { status: 'complete' } } })
    expect(await questions()).toHaveLength(1)
    expect(await counted(user)).toBe(1)
    expect(await heldMessages(user)).toMatchObject([{ id }, { status: 'complete', attempt: 2 }])
  }, 60_000)

  test('is in the log as everybody else', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const lines: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)))
    await resetStandIns()
    await arm('TEST_NEON', { times: 1, act: { kind: 'hold' } })
    await sendAndLeave(user, conversation, crypto.randomUUID(), () =>
      expect.poll(() => requestsTo('TEST_NEON'), SOON).toHaveLength(1),
    )
    await control('TEST_NEON', 'faults', 'DELETE', {})
    await expect.poll(() => lines, SOON).toHaveLength(1)
    log.mockRestore()
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ outcome: 'accepted', reply: 'stopped', level: 'info' })
  }, 60_000)
})

/** Sends a message and never reads the answer. @returns what is left of it when the Worker has done with it. */
async function sendAndRest(user: string, conversation: string, content: string) {
  const context = createExecutionContext()
  const request = await sending(user, conversation, crypto.randomUUID(), content)
  const response = await worker.fetch(request, env, context)
  await waitOnExecutionContext(context)
  return eventsOf(await response.text()).map(({ event }) => event)
}

test('who stays and takes nothing any more is given up, before the first word and in the middle', async () => {
  const [early, late] = [await newUser(), await newUser()]
  const places = [await newConversation(early), await newConversation(late)] as const
  await arm('TEST_ASSISTANT', { match: { body: 'Think!' }, act: { kind: 'hang' } })
  await scriptReply('word '.repeat(2_000))
  await setPace(0, 25)
  const left = await Promise.all([
    sendAndRest(early, places[0], 'Think!'),
    sendAndRest(late, places[1], 'Speak!'),
  ])
  // What has not been taken by then is thrown away, and signs of life do not wait in line for it.
  expect(left).toEqual([['message'], ['message']])
  expect(await heldMessages(early)).toMatchObject([{}, { status: 'stopped', content: '', counts: true }])
  const content = expect.stringMatching(/^word /)
  expect(await heldMessages(late)).toMatchObject([{}, { status: 'stopped', content, counts: true }])
  await expect.poll(questions, SOON).toMatchObject([{ aborted: true }, { aborted: true }])
}, 60_000)
