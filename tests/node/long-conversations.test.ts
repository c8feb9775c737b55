/** What a conversation costs does not grow with it, whatever the planner believes of its length. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acceptMessage, listMessages } from '../../worker/conversations/exchange-store.ts'
import { createConversation } from '../../worker/conversations/store.ts'
import { caught, costOf } from '../support/caught.ts'
import { newSending, newUser, openTalk, type Talk } from './exchange.ts'

/** More pages than twenty exchanges with all their keys are on, and fewer than a hundred are. */
const FEW_PAGES = 500

let talk: Talk
beforeAll(async () => {
  talk = await openTalk()
  // The planner's picture of the table stays as it is when a test has taken it.
  await talk.pool.query('alter table messages set (autovacuum_enabled = off)')
})
afterAll(() => talk.close())

async function someoneWith(conversationCount: number) {
  const user = await newUser(talk)
  const { rows } = await talk.pool.query<{ id: string }>(
    `insert into conversations (user_id, id) select $1, gen_random_uuid() from generate_series(1, $2::int) returning id`,
    [user, conversationCount],
  )
  return { user, conversations: rows.map(({ id }) => id) }
}

/** So many more exchanges in each of a user's conversations. */
const talkOn = (userId: string, conversationIds: string[], exchanges: number, status = 'complete') =>
  talk.pool.query(
    `insert into messages (user_id, conversation_id, id, role, content, reply_to, status, attempt, attempted_at)
     select $1, at, case role when 'user' then said else gen_random_uuid() end, role, 'And then?',
       case role when 'assistant' then said end, case role when 'assistant' then $4 end,
       case role when 'assistant' then 1 end, case role when 'assistant' then now() end
     from (select at, gen_random_uuid() as said from generate_series(1, $3::int), unnest($2::uuid[]) at) as exchanges,
       (values ('user'), ('assistant')) as lines (role)`,
    [userId, conversationIds, exchanges, status],
  )

async function costs(userId: string, conversationId: string) {
  const { settings, pool } = talk
  const page = { limit: 30, cursor: '9000000000' }
  const taken = await caught(() => acceptMessage(settings, newSending(userId, conversationId)))
  const listed = await caught(() => listMessages(settings, userId, conversationId, page))
  const client = await pool.connect()
  try {
    return { taken: await costOf(client, taken), listed: await costOf(client, listed) }
  } finally {
    client.release()
  }
}

test('a message in a conversation that has become very long reads its end and no more', async () => {
  const others = await Promise.all(Array.from({ length: 30 }, () => someoneWith(10)))
  const { user, conversations } = await someoneWith(100)
  const [conversation = ''] = conversations
  for (let n = 0; n < 12; n += 1) {
    for (const other of others) await talkOn(other.user, other.conversations, 1)
    await talkOn(user, conversations, 1)
    await talkOn(user, [conversation], 10)
  }
  await talk.pool.query('analyze')
  await talkOn(user, [conversation], 5_000)
  const { taken, listed } = await costs(user, conversation)
  expect(taken.buffers).toBeLessThan(FEW_PAGES)
  expect(listed.buffers).toBeLessThan(FEW_PAGES)
})

test.each([
  ['behind none that are empty', 0],
  ['behind as many empty ones as there may be', 999],
])('a conversation that is begun %s does not look at what was said in all others', async (_name, empty) => {
  const { user, conversations } = await someoneWith(2_000)
  await talkOn(user, conversations, 10)
  await talk.pool.query(
    `insert into conversations (user_id, id, updated_at) select $1, gen_random_uuid(), now() + interval '1 hour'
     from generate_series(1, $2::int)`,
    [user, empty],
  )
  await talk.pool.query('analyze')
  const begun = await caught(() => createConversation(talk.settings, user, randomUUID(), null))
  const client = await talk.pool.connect()
  try {
    expect((await costOf(client, begun)).buffers).toBeLessThan(empty === 0 ? 100 : 10_000)
  } finally {
    client.release()
  }
})

test('a message behind very many that came to nothing does not look at them all', async () => {
  const { user, conversations } = await someoneWith(1)
  const [conversation = ''] = conversations
  await talkOn(user, conversations, 20_000, 'failed')
  const { taken } = await costs(user, conversation)
  expect(taken.buffers).toBeLessThan(4 * FEW_PAGES)
})
