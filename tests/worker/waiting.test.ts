/** Who sends a message whose reply somebody else is writing: waits for it, and does what is left to do when it has failed. */
import { beforeEach, expect, test } from 'vitest'
import { arm, emptyDatabase, resetStandIns, sql } from './support.ts'
import {
  counted,
  eventsOf,
  heldMessages,
  leaveAfter,
  newConversation,
  newUser,
  questions,
  say,
  sayAtOnce,
} from './talk.ts'

const CONTENT = 'Good morning!'

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

/** A message that was given back, whose reply is being written once more as far as anybody can tell. */
async function beingWritten() {
  const user = await newUser()
  const conversation = await newConversation(user)
  const id = crypto.randomUUID()
  await arm('TEST_ASSISTANT', { times: 1, act: { kind: 'respond', status: 500 } })
  await say(user, conversation, CONTENT, { id })
  await sql(`update messages set status = 'pending', attempted_at = clock_timestamp() where reply_to = $1`, [
    id,
  ])
  const fail = () => sql(`update messages set status = 'failed' where reply_to = $1`, [id])
  return { user, conversation, id, fail }
}

test('who has left waits no longer, and does not try it', async () => {
  const { user, conversation, id } = await beingWritten()
  // It comes back when nothing is going on any more behind the answer.
  await sayAtOnce(user, conversation, { id, content: CONTENT, listen: leaveAfter(1) })
  expect(await questions()).toHaveLength(1)
  expect(await counted(user)).toBe(0)
  expect(await heldMessages(user)).toMatchObject([{ id }, { status: 'pending', attempt: 1 }])
})

test('who finds that nothing is left of the day by then is told so, and when there will be', async () => {
  const { user, conversation, id, fail } = await beingWritten()
  const { text } = await sayAtOnce(user, conversation, {
    id,
    content: CONTENT,
    listen: async (response) => {
      await sql('update rate_limits set message_count = 10 where user_id = $1', [user])
      await fail()
      return response.text()
    },
  })
  expect(eventsOf(text)).toMatchObject([
    { event: 'message' },
    {
      event: 'error',
      data: {
        code: 'quota_exceeded',
        status: 429,
        retryAfter: expect.any(Number),
        quota: { limit: 10, used: 10, remaining: 0 },
      },
    },
  ])
  expect(await questions()).toHaveLength(1)
  expect(await heldMessages(user)).toMatchObject([{ id }, { status: 'failed', attempt: 1 }])
})
