/** Taking a message: in one request, once for each id, up to the limit, from who may, and to the letter. */
import { beforeEach, describe, expect, test } from 'vitest'
import {
  arm,
  call,
  callAs,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  requestsTo,
  resetStandIns,
  sql,
  sqlError,
} from './support.ts'
import {
  counted,
  eventsOf,
  heldMessages,
  leaveAfter,
  messagesPath,
  newConversation,
  newUser,
  questions,
  STORY,
  say,
  sayAtOnce,
  scriptReply,
  setPace,
} from './talk.ts'
import { tokenFor } from './tokens.ts'

const SQL_REQUEST = 'POST /sql'

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

test('a message is stored, answered word by word, and the answer stored', async () => {
  const user = await newUser()
  const conversation = await newConversation(user)
  await scriptReply('Good *morning* to you, too.', { usage: { prompt_tokens: 41, completion_tokens: 7 } })
  const id = crypto.randomUUID()
  const answer = await say(user, conversation, 'Good morning!', { id })

  expect(answer.status).toBe(200)
  expect(answer.headers.get('Content-Type')).toBe('text/event-stream')
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  expect(answer.headers.get('RateLimit-Policy')).toBe('"messages";q=10;w=86400')
  expect(answer.headers.get('RateLimit')).toMatch(/^"messages";r=9;t=\d{1,5}$/)
  expect(answer.names).toEqual(['message', 'delta', 'done'])
  expect(answer.heard).toBe('Good *morning* to you, too.')

  const [first] = answer.events
  expect(first?.data).toEqual({
    message: {
      id,
      conversationId: conversation,
      role: 'user',
      content: 'Good morning!',
      createdAt: expect.any(String),
    },
    quota: { limit: 10, used: 1, remaining: 9, resetAt: expect.stringMatching(/T00:00:00\.000Z$/) },
    conversation: {
      id: conversation,
      title: 'Good morning!',
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    },
  })
  const usage = { promptTokens: 41, completionTokens: 7 }
  expect(answer.events.at(-1)?.data).toMatchObject({
    message: { role: 'assistant', replyTo: id, content: answer.heard, status: 'complete', usage },
    usage,
    quota: { used: 1 },
  })
  expect(await heldMessages(user)).toMatchObject([
    { id, role: 'user', content: 'Good morning!' },
    {
      role: 'assistant',
      content: answer.heard,
      status: 'complete',
      reply_to: id,
      prompt_tokens: 41,
      completion_tokens: 7,
    },
  ])
  expect(await sql('select messages, prompt_tokens, completion_tokens from usage_daily')).toEqual([
    { messages: 1, prompt_tokens: '41', completion_tokens: '7' },
  ])
  expect(answer.logs[0]).toMatchObject({ outcome: 'accepted', reply: 'complete', ...usage })
})

test('it costs one request to the database before the model is asked and one after its last word', async () => {
  const user = await newUser()
  const conversation = await newConversation(user)
  await resetStandIns()
  await arm('TEST_ASSISTANT', { act: { kind: 'respond', status: 500 } })
  const failing = say(user, conversation)
  await failing
  expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST, SQL_REQUEST])
  await resetStandIns()
  const { names } = await say(user, conversation)
  expect(names.at(-1)).toBe('done')
  expect(await requestsTo('TEST_NEON')).toEqual([SQL_REQUEST, SQL_REQUEST])
  expect(await requestsTo('TEST_CLERK')).toEqual([])
})

test('the model hears what was said before, the person’s plan, and neither name nor address', async () => {
  const user = await newUser('PRO')
  const conversation = await newConversation(user)
  await scriptReply('Hello!')
  await say(user, conversation, 'Hi')
  await arm('TEST_ASSISTANT', { times: 1, act: { kind: 'respond', status: 500 } })
  await say(user, conversation, 'Are you there?')
  await say(user, conversation, 'How many messages have I left?')
  const asked = (await questions()).at(-1)
  expect(asked?.body.messages).toEqual([
    { role: 'system', content: expect.stringMatching(/^Tier: PRO\nMessages left today: 98 of 100$/m) },
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello!' },
    { role: 'user', content: 'How many messages have I left?' },
  ])
  expect(asked?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } })
  expect(asked?.headers.authorization).toMatch(/^Bearer \S+$/)
  expect(JSON.stringify(asked?.body)).not.toMatch(/@example\.com|user_Talk/)
})

test('a very long conversation is told from its end', async () => {
  const user = await newUser('MAXX')
  const conversation = await newConversation(user)
  await sql(
    `insert into messages (user_id, conversation_id, id, role, content, reply_to, status, attempt, attempted_at)
     select $1, $2, case kind when 'user' then said else replied end, kind, kind || ' ' || n || repeat('.', 2000),
       case kind when 'assistant' then said end, case kind when 'assistant' then 'complete' end,
       case kind when 'assistant' then 1 end, case kind when 'assistant' then now() end
     from (select n, gen_random_uuid() as said, gen_random_uuid() as replied from generate_series(1, 30) n) as turns,
       (values (1, 'user'), (2, 'assistant')) as kinds (nth, kind) order by n, nth`,
    [user, conversation],
  )
  await say(user, conversation, 'And now?')
  const told = (await questions()).at(-1)?.body.messages ?? []
  expect(told.length).toBe(1 + 2 * 11 + 1)
  expect(told[1]?.content).toMatch(/^user 20\./)
  expect(told.at(-2)?.content).toMatch(/^assistant 30\./)
})

test('after a very long answer its end is told', async () => {
  const user = await newUser()
  const conversation = await newConversation(user)
  await scriptReply(`${'word '.repeat(12_000)}the end`)
  await say(user, conversation, 'Tell me all')
  await say(user, conversation, 'Go on')
  const [, said, replied] = (await questions()).at(-1)?.body.messages ?? []
  expect(said?.content).toBe('Tell me all')
  expect(replied?.content).toMatch(/word the end$/)
  expect(replied?.content).toHaveLength(32_000)
})

describe('the same message again', () => {
  test('gets the same answer, without the model and without being counted', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    const first = await say(user, conversation, 'Hi', { id })
    await resetStandIns()
    const again = await say(user, conversation, 'Hi', { id })
    expect(again.names).toEqual(['message', 'delta', 'done'])
    expect(again.heard).toBe(first.heard)
    expect(again.events.at(-1)).toEqual(first.events.at(-1))
    expect(again.events[0]).toEqual(first.events[0])
    expect(await questions()).toEqual([])
    expect(await counted(user)).toBe(1)
    expect(await heldMessages(user)).toHaveLength(2)
  })

  test.each([
    ['with other content', (id: string, user: string, at: string) => say(user, at, 'Something else', { id })],
    [
      'in another conversation',
      async (id: string, user: string) => say(user, await newConversation(user), 'Hi', { id }),
    ],
  ])('%s contradicts what is stored', async (_name, sayAgain) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    await say(user, conversation, 'Hi', { id })
    const before = await heldMessages(user)
    const refused = await sayAgain(id, user, conversation)
    expectProblem(refused, 409, 'conflict')
    expect(refused.headers.get('RateLimit')).toMatch(/^"messages";r=9;t=\d+$/)
    expect(await heldMessages(user)).toEqual(before)
    expect(await counted(user)).toBe(1)
  })

  test('with the id of a reply contradicts what is stored', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await say(user, conversation, 'Hi')
    const id = String((await heldMessages(user))[1]?.id)
    expectProblem(await expectUnchanged(() => say(user, conversation, 'Hi', { id })), 409, 'conflict')
  })

  test('with its id in capitals is told under the id that is kept', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    const first = await say(user, conversation, 'Hi', { id: id.toUpperCase() })
    expect(first.events[0]?.data).toMatchObject({ message: { id } })
    const again = await say(user, conversation.toUpperCase(), 'Hi', { id })
    expect(again.events[0]).toEqual(first.events[0])
    expect(again.events.at(-1)).toEqual(first.events.at(-1))
  })

  test('of another user is another message', async () => {
    const [a, b] = [await newUser(), await newUser()]
    const id = crypto.randomUUID()
    await say(a, await newConversation(a), 'Hi', { id })
    const { names } = await say(b, await newConversation(b), 'Something else', { id })
    expect(names.at(-1)).toBe('done')
  })

  test('while it is being answered waits for that answer', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    await setPace(50, 20)
    const both = await Promise.all([1, 2].map(() => sayAtOnce(user, conversation, { id })))
    const ends = both.map(({ text }) => eventsOf(text).at(-1))
    expect(ends[0]).toMatchObject({ event: 'done', data: { message: { status: 'complete' } } })
    expect(ends[1]).toEqual(ends[0])
    expect(await questions()).toHaveLength(1)
    expect(await counted(user)).toBe(1)
  })

  const givenUp: [string, number, () => Promise<unknown>][] = [
    ['before its first word', 1, () => arm('TEST_ASSISTANT', { times: 1, act: { kind: 'hang' } })],
    ['in the middle', 6, () => setPace(0, 25)],
  ]
  test.each(givenUp)(
    'while the first is given up %s is tried in its place',
    async (_name, events, slowDown) => {
      const user = await newUser()
      const conversation = await newConversation(user)
      const id = crypto.randomUUID()
      await slowDown()
      const { promise: hasJoined, resolve: joins } = Promise.withResolvers<void>()
      const first = sayAtOnce(user, conversation, {
        id,
        content: STORY,
        listen: async (response) => {
          await hasJoined
          return leaveAfter(events)(response)
        },
      })
      await expect.poll(questions).toHaveLength(1)
      await setPace(0, 0)
      const second = await sayAtOnce(user, conversation, {
        id,
        content: STORY,
        // It has been taken, and waits for the first.
        listen: (response) => {
          joins()
          return response.text()
        },
      })
      await first
      expect(eventsOf(second.text).map(({ event }) => event)).toEqual(
        expect.arrayContaining(['message', 'delta', 'done']),
      )
      expect(await questions()).toHaveLength(2)
      expect(await counted(user)).toBe(1)
      expect(await heldMessages(user)).toMatchObject([{ id }, { status: 'complete', attempt: 2 }])
    },
  )

  test('after it has failed is tried again, and counts once', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    await arm('TEST_ASSISTANT', { times: 1, act: { kind: 'respond', status: 500 } })
    expect((await say(user, conversation, 'Hi', { id })).names).toEqual(['message', 'error'])
    expect(await counted(user)).toBe(0)
    expect((await say(user, conversation, 'Hi', { id })).names).toEqual(['message', 'delta', 'done'])
    expect(await counted(user)).toBe(1)
    expect(await heldMessages(user)).toMatchObject([{ id }, { status: 'complete', attempt: 2, counts: true }])
  })

  test('is told what was said before it, and not what came after', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    await say(user, conversation, 'repeat: one')
    await arm('TEST_ASSISTANT', { times: 1, act: { kind: 'respond', status: 500 } })
    await say(user, conversation, 'repeat: two', { id })
    await say(user, conversation, 'repeat: three')
    await say(user, conversation, 'repeat: two', { id })
    const told = (await questions())
      .at(-1)
      ?.body.messages.slice(1)
      .map(({ content }) => content)
    expect(told).toEqual(['repeat: one', 'one', 'repeat: two'])
  })

  test('is tried five times and no more', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    await arm('TEST_ASSISTANT', { act: { kind: 'respond', status: 500 } })
    for (let n = 0; n < 5; n += 1) await say(user, conversation, 'Hi', { id })
    expect(await requestsTo('TEST_ASSISTANT')).toHaveLength(5)
    const refused = await expectUnchanged(() => say(user, conversation, 'Hi', { id }))
    expectProblem(refused, 409, 'conflict')
    expect(refused.headers.get('RateLimit')).toMatch(/^"messages";r=10;t=\d+$/)
  })

  test('after it was abandoned is tried again without being counted again', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const id = crypto.randomUUID()
    await say(user, conversation, 'Hi', { id })
    await sql(
      `update messages set status = 'pending', content = '', attempted_at = now() - interval '6 minutes' where reply_to = $1`,
      [id],
    )
    const { body } = await callAs(user, messagesPath(conversation))
    expect(body).toMatchObject({ messages: [{ id }, { status: 'failed' }] })
    expect((await say(user, conversation, 'Hi', { id })).names.at(-1)).toBe('done')
    expect(await counted(user)).toBe(1)
  })
})

describe('the limit', () => {
  /** On a busy machine the database may have no time for somebody: then they send the same message again. */
  async function insist(user: string, conversation: string) {
    const id = crypto.randomUUID()
    for (;;) {
      const answer = await sayAtOnce(user, conversation, { id })
      const { status, text } = answer
      const { code } = Object(status === 200 ? eventsOf(text).at(-1)?.data : JSON.parse(text))
      if (code !== 'database_unavailable') return answer
    }
  }

  test('is met exactly by 500 messages at once, and nobody is told anything else', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await arm('TEST_NEON', { times: 40, act: sqlError('53300') })
    const answers = await Promise.all(Array.from({ length: 500 }, () => insist(user, conversation)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(490)
    for (const { headers } of refused) expect(headers.get('RateLimit')).toMatch(/^"messages";r=0;t=\d+$/)
    expect(answers.filter(({ text }) => eventsOf(text).at(-1)?.event === 'done')).toHaveLength(10)
    expect(await counted(user)).toBe(10)
    expect(await sql(`select count(*)::int as sent from messages where role = 'user'`)).toEqual([
      { sent: 10 },
    ])
  }, 180_000)

  test('is told with when it ends', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const none = { QUOTA_FREE: '1' }
    await say(user, conversation, 'Hi', { bindings: none })
    const refused = await expectUnchanged(() => say(user, conversation, 'Hi', { bindings: none }))
    expectProblem(refused, 429, 'quota_exceeded')
    const seconds = Number(refused.headers.get('Retry-After'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(86_400)
    expect(refused.headers.get('RateLimit')).toBe(`"messages";r=0;t=${seconds}`)
    expect(refused.headers.get('RateLimit-Policy')).toBe('"messages";q=1;w=86400')
  })

  test('is a new one at once for who becomes PRO', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const one = { QUOTA_FREE: '1' }
    await say(user, conversation, 'Hi', { bindings: one })
    expectProblem(await say(user, conversation, 'Hi', { bindings: one }), 429, 'quota_exceeded')
    await sql(`update users set tier = 'PRO' where id = $1`, [user])
    const { headers, names } = await say(user, conversation, 'Hi', { bindings: one })
    expect(names.at(-1)).toBe('done')
    expect(headers.get('RateLimit')).toMatch(/^"messages";r=98;/)
  })

  test('is the same that the account tells', async () => {
    const user = await newUser()
    await say(user, await newConversation(user))
    const { body } = await callAs(user, '/api/user')
    expect(body).toMatchObject({ quota: { limit: 10, used: 1, remaining: 9 } })
  })
})

test.each(['AI_BASE_URL', 'AI_MODEL'])(
  'without %s nothing is taken, and all else works',
  async (variable) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const bindings = { [variable]: undefined }
    const refused = await expectUntouched(() => say(user, conversation, 'Hi', { bindings }))
    expectProblem(refused, 503, 'misconfigured')
    expect(refused.logs[0]).toMatchObject({ variables: [variable] })
    expect((await callAs(user, '/api/user', { bindings })).status).toBe(200)
  },
)

describe('who may not', () => {
  test.each([
    ['deleted', 'deleted_at', 401, 'user_deleted'],
    ['banned', 'banned_at', 403, 'user_banned'],
  ])('%s users send nothing', async (_name, column, status, code) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    await sql(`update sync_state set ${column} = now() where user_id = $1`, [user])
    expectProblem(await expectUnchanged(() => say(user, conversation)), status, code)
    expect(await questions()).toEqual([])
  })

  test('somebody who has never been synced finds nothing', async () => {
    expectProblem(await expectUnchanged(() => say('user_Unknown', crypto.randomUUID())), 404, 'not_found')
  })

  test('whoever acts as a user sends nothing, and nothing is counted', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const Authorization = `Bearer ${await tokenFor(user, { act: { sub: 'user_Support' } })}`
    const json = { id: crypto.randomUUID(), content: 'Hi' }
    const answer = await expectUntouched(() =>
      call(messagesPath(conversation), { json, headers: { Authorization } }),
    )
    expectProblem(answer, 403, 'forbidden')
  })

  test('a conversation of somebody else is as missing as a missing one', async () => {
    const [a, b] = [await newUser(), await newUser()]
    const conversation = await newConversation(b)
    for (const at of [conversation, crypto.randomUUID(), 'nonsense'])
      expectProblem(await expectUnchanged(() => say(a, at)), 404, 'not_found')
    const read = () => callAs(a, `/api/conversations/${conversation}/messages`)
    for (const answer of [await say(a, conversation), await read()])
      expect(answer.headers.get('RateLimit-Policy')).toBe('"messages";q=10;w=86400')
    expect(await counted(a)).toBe(0)
  })
})

test('a message whose title ends within a surrogate pair is taken', async () => {
  const user = await newUser()
  const marks = `e${'\u0301'.repeat(2046)}`
  const { events } = await say(user, await newConversation(user), `${marks}😀`)
  expect(events[0]?.data).toMatchObject({ conversation: { title: marks } })
})

describe('what is no message', () => {
  const id = '0b0e3cbe-7d6a-4b7c-9a51-3f4a7d1a2b3c'
  test.each([
    ['no id', { content: 'Hi' }, 'id'],
    ['an id that is none', { id: '1', content: 'Hi' }, 'id'],
    ['no content', { id }, 'content'],
    ['blanks alone', { id, content: ' \n ' }, 'content'],
    ['too much', { id, content: 'x'.repeat(16_001) }, 'content'],
    ['a NUL', { id, content: 'a\0b' }, 'content'],
    ['a lone surrogate', { id, content: 'a\ud800b' }, 'content'],
  ])('%s is refused with what is wrong', async (_name, json, path) => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const answer = await expectUntouched(() => callAs(user, messagesPath(conversation), { json }))
    expectProblem(answer, 422, 'invalid')
    expect(answer.body).toMatchObject({ errors: [{ path }] })
  })

  test('what is smuggled in is never applied', async () => {
    const user = await newUser()
    const conversation = await newConversation(user)
    const json = {
      id,
      content: 'Hi',
      role: 'assistant',
      userId: 'user_Other',
      tier: 'MAXX',
      status: 'complete',
    }
    await callAs(user, messagesPath(conversation), { json })
    expect((await heldMessages(user))[0]).toMatchObject({ id, role: 'user' })
    expect(await sql('select tier from users')).toEqual([{ tier: 'FREE' }])
  })
})

test.each([
  ['in every script', 'Ωмега 漢字 👩‍👩‍👧‍👦 e\u0301 ‮right to left‬'],
  ['as markup', '<script>alert(1)</script> & "quotes" \'; drop table users; --'],
  ['with every line end', 'a\r\nb\rc\u2028d\u0085e\tf'],
  ['as an event', 'data: x\n\nevent: done\ndata: {}\n\n'],
])('words %s arrive as they were sent, there and back', async (_name, content) => {
  const user = await newUser()
  const conversation = await newConversation(user)
  await scriptReply(content)
  const { heard, events } = await say(user, conversation, content)
  expect(events[0]?.data).toMatchObject({ message: { content } })
  expect(heard).toBe(content)
  const { body } = await callAs(user, messagesPath(conversation))
  expect(body).toMatchObject({ messages: [{ content }, { content }] })
})
