/** Conversations: listed, named, deleted, each its owner's alone. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import worker from '../../worker/index.ts'
import {
  type Answer,
  arm,
  call,
  callAs,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  ORIGIN,
  requestsTo,
  resetStandIns,
  sql,
} from './support.ts'
import { messagesPath, newConversation, newUser, say, sayAtOnce } from './talk.ts'
import { tokenFor } from './tokens.ts'

const PATH = '/api/conversations'
const at = (id: string) => `${PATH}/${id}`

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

type Conversation = { id: string; title: string | null; createdAt: string; updatedAt: string }
type List = { conversations: Conversation[]; nextCursor: string | null }

async function list(user: string, query = ''): Promise<List> {
  const { status, body } = await callAs(user, `${PATH}${query}`)
  expect(status).toBe(200)
  return body as List
}

const titles = ({ conversations }: List) => conversations.map(({ title }) => title)

const rename = (user: string, id: string, json: unknown) => callAs(user, at(id), { method: 'PATCH', json })
const remove = (user: string, id: string) => callAs(user, at(id), { method: 'DELETE' })

/** Beside others, so that nobody looks at the log. @returns the status. */
async function beginAtOnce(user: string, id: string): Promise<number> {
  const headers = { Authorization: `Bearer ${await tokenFor(user)}`, 'Content-Type': 'application/json' }
  const request = new Request(`${ORIGIN}${PATH}`, { method: 'POST', headers, body: JSON.stringify({ id }) })
  return (await worker.fetch(request, { ...env }, createExecutionContext())).status
}

/** So many, each begun so long after the one before. */
async function many(user: string, count: number, { apart = '1 minute' } = {}) {
  await sql(
    `insert into conversations (user_id, id, title, created_at, updated_at)
     select $1, gen_random_uuid(), 'Talk ' || n, now(), '2026-11-01'::timestamptz + n * $3::interval from generate_series(1, $2::int) n`,
    [user, count, apart],
  )
}

describe('a conversation', () => {
  test('begins without a title, or with one', async () => {
    const user = await newUser()
    const plain = await callAs(user, PATH, { json: {} })
    expect(plain.status).toBe(201)
    expect(plain.body).toEqual({
      conversation: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        title: null,
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
        updatedAt: expect.any(String),
      },
    })
    const named = await callAs(user, PATH, { json: { title: 'Travel plans' } })
    expect(named.body).toMatchObject({ conversation: { title: 'Travel plans' } })
  })

  test('begun again under the id that its owner chose is the same one, as it is by then', async () => {
    const user = await newUser()
    const id = crypto.randomUUID()
    const begin = (json: object) => callAs(user, PATH, { json })
    const first = await begin({ id })
    expect(first).toMatchObject({ status: 201, body: { conversation: { id, title: null } } })
    expect(await begin({ id })).toMatchObject({ status: 201, body: first.body })
    expect((await begin({ id: id.toUpperCase() })).body).toEqual(first.body)
    await say(user, id, 'Hello!')
    expect((await begin({ id, title: 'Another' })).body).toEqual((await callAs(user, at(id))).body)
    const all = await Promise.all(Array.from({ length: 20 }, () => beginAtOnce(user, id)))
    expect(new Set(all)).toEqual(new Set([201]))
    expect(titles(await list(user))).toEqual(['Hello!'])
  })

  test('begun under an id that somebody else has is another one, and tells nothing of theirs', async () => {
    const [a, b] = [await newUser(), await newUser()]
    const id = await newConversation(a, 'Secret')
    await say(a, id)
    const answer = await callAs(b, PATH, { json: { id } })
    expect(answer.body).toMatchObject({ conversation: { id, title: null } })
    expect((await callAs(b, messagesPath(id))).body).toMatchObject({ messages: [] })
    expect((await callAs(a, at(id))).body).toMatchObject({ conversation: { title: 'Secret' } })
  })

  test.each([
    ['no id', 'nonsense'],
    ['null', null],
    ['a number', 1],
  ])('is not begun under %s', async (_name, id) => {
    const user = await newUser()
    const answer = await expectUntouched(() => callAs(user, PATH, { json: { id } }))
    expectProblem(answer, 422, 'invalid')
    expect(answer.body).toMatchObject({ errors: [{ path: 'id' }] })
  })

  test('is not begun while the last thousand have not a word in them', async () => {
    const user = await newUser('PRO')
    await say(user, await newConversation(user), 'Hello!')
    await many(user, 1_000)
    await sql(`update conversations set updated_at = now() where title like 'Talk %'`)
    const refused = await expectUnchanged(() => callAs(user, PATH, { json: {} }))
    expectProblem(refused, 409, 'conflict')
    expect(refused.body).toMatchObject({
      title: 'What is already stored does not allow this',
      detail: 'The last 1000 conversations are all empty. Please write in one of them, or delete one.',
    })
    const [newest] = (await list(user)).conversations
    const id = String(newest?.id)
    expect(await callAs(user, PATH, { json: { id } })).toMatchObject({ status: 201 })
    // Room is made by writing in one, and by deleting one.
    await say(user, id)
    const next = await newConversation(user)
    await remove(user, id)
    expectProblem(await callAs(user, PATH, { json: {} }), 409, 'conflict')
    await remove(user, next)
    await newConversation(user)
  })

  test('is read, renamed and deleted by its owner', async () => {
    const user = await newUser()
    const id = await newConversation(user, 'Before')
    expect((await callAs(user, at(id))).body).toMatchObject({ conversation: { id, title: 'Before' } })
    const renamed = await rename(user, id, { title: 'After' })
    expect(renamed.body).toMatchObject({ conversation: { id, title: 'After' } })
    expect(await remove(user, id)).toMatchObject({ status: 204, text: '' })
    expectProblem(await callAs(user, at(id)), 404, 'not_found')
    expectProblem(await remove(user, id), 404, 'not_found')
  })

  test('takes its title from its first message, and keeps the one that it is given', async () => {
    const user = await newUser('PRO')
    const plain = await newConversation(user)
    await say(user, plain, '\n\n## How do I **bake** bread?\nI have flour.')
    await say(user, plain, 'And cake?')
    const named = await newConversation(user, 'Bread')
    await say(user, named, 'Hello!')
    expect(titles(await list(user))).toEqual(['Bread', 'How do I **bake** bread?'])
  })

  test('with a long first line has a title that ends between words', async () => {
    const user = await newUser()
    const id = await newConversation(user)
    await say(user, id, `${'Pneumonoultramicroscopic '.repeat(2)}silicovolcanoconiosis and more`)
    const [title = ''] = titles(await list(user))
    expect(title).toBe('Pneumonoultramicroscopic Pneumonoultramicroscopic…')
  })

  test('goes with all that was said in it', async () => {
    const user = await newUser()
    const id = await newConversation(user)
    await say(user, id)
    await remove(user, id)
    expect(await sql('select count(*)::int as left from messages')).toEqual([{ left: 0 }])
    expect(await sql('select message_count from rate_limits')).toEqual([{ message_count: 1 }])
  })

  test.each([
    ['nothing', {}],
    ['blanks', { title: '  ' }],
    ['too long', { title: 'x'.repeat(201) }],
    ['a NUL', { title: 'a\0' }],
    ['null', { title: null }],
    ['a number', { title: 1 }],
  ])('cannot be renamed to %s', async (_name, json) => {
    const user = await newUser()
    const id = await newConversation(user, 'Before')
    const answer = await expectUntouched(() => rename(user, id, json))
    expectProblem(answer, 422, 'invalid')
    expect(answer.body).toMatchObject({ errors: [{ path: 'title' }] })
  })

  test('is not moved, given away or made by what is smuggled into a body', async () => {
    const [a, b] = [await newUser(), await newUser()]
    const id = await newConversation(a)
    const smuggled = {
      id: crypto.randomUUID(),
      userId: b,
      user_id: b,
      tier: 'MAXX',
      createdAt: '2020-01-01T00:00:00Z',
    }
    await rename(a, id, { title: 'Mine', ...smuggled })
    await callAs(a, PATH, { json: { ...smuggled, id: undefined } })
    expect(await sql('select distinct user_id from conversations')).toEqual([{ user_id: a }])
    expect(await sql('select distinct tier from users')).toEqual([{ tier: 'FREE' }])
    expect(await sql('select 1 from conversations where id = $1', [smuggled.id])).toEqual([])
  })
})

describe('the list', () => {
  test('of who has none is empty', async () => {
    expect(await list(await newUser())).toEqual({ conversations: [], nextCursor: null })
  })

  test('has the one last written in first; renaming moves nothing', async () => {
    const user = await newUser()
    const first = await newConversation(user, 'first')
    await newConversation(user, 'second')
    const third = await newConversation(user, 'third')
    expect(titles(await list(user))).toEqual(['third', 'second', 'first'])
    await say(user, first)
    await rename(user, third, { title: 'renamed' })
    expect(titles(await list(user))).toEqual(['first', 'renamed', 'second'])
  })

  test.each([
    ['each begun at another moment', '1 minute'],
    ['all begun at the same moment', '0 seconds'],
    ['begun within one millisecond', '7 microseconds'],
  ])('in pages, %s, has everything once', async (_name, apart) => {
    const user = await newUser()
    await many(user, 23, { apart })
    const found: string[] = []
    let cursor: string | null = ''
    for (let pages = 0; cursor !== null; pages += 1) {
      expect(pages).toBeLessThan(5)
      const page: List = await list(user, `?limit=5${cursor && `&cursor=${cursor}`}`)
      found.push(...page.conversations.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(found).toHaveLength(23)
    expect(new Set(found).size).toBe(23)
    if (apart !== '0 seconds')
      expect(found).toEqual((await list(user, '?limit=100')).conversations.map(({ id }) => id))
  })

  test('in pages stays what it was while others are begun, written in and deleted', async () => {
    const user = await newUser()
    await many(user, 9)
    const first = await list(user, '?limit=3')
    expect(titles(first)).toEqual(['Talk 9', 'Talk 8', 'Talk 7'])
    await newConversation(user, 'new')
    await sql(`delete from conversations where title = 'Talk 7'`)
    await sql(`update conversations set updated_at = now() where title = 'Talk 8'`)
    const second = await list(user, `?limit=3&cursor=${first.nextCursor}`)
    expect(titles(second)).toEqual(['Talk 6', 'Talk 5', 'Talk 4'])
    expect(titles(await list(user, `?limit=3&cursor=${second.nextCursor}`))).toEqual([
      'Talk 3',
      'Talk 2',
      'Talk 1',
    ])
  })

  test('is searched by title, whatever is looked for', async () => {
    const user = await newUser()
    for (const title of ['Bread & butter', '100 % rye', 'under_score', 'Über Brot', "O'Hara \\ co"])
      await newConversation(user, title)
    const found = async (query: string) => titles(await list(user, `?query=${encodeURIComponent(query)}`))
    expect(await found('BREAD')).toEqual(['Bread & butter'])
    expect(await found('%')).toEqual(['100 % rye'])
    expect(await found('_')).toEqual(['under_score'])
    expect(await found('\\')).toEqual(["O'Hara \\ co"])
    expect(await found('über')).toEqual(['Über Brot'])
    expect(await found('r b')).toEqual(['Über Brot'])
    expect(await found('nothing')).toEqual([])
  })

  test('that is searched goes on behind its cursor', async () => {
    const user = await newUser()
    await many(user, 12)
    const first = await list(user, '?limit=2&query=talk%201')
    expect(titles(first)).toEqual(['Talk 12', 'Talk 11'])
    expect(titles(await list(user, `?limit=2&query=talk%201&cursor=${first.nextCursor}`))).toEqual([
      'Talk 10',
      'Talk 1',
    ])
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=1_x', 'cursor'],
    [`cursor=1_${'a'.repeat(36)}`, 'cursor'],
    ['query=%00', 'query'],
  ])('refuses ?%s', async (query, path) => {
    const user = await newUser()
    const answer = await expectUntouched(() => callAs(user, `${PATH}?${query}`))
    expectProblem(answer, 422, 'invalid')
    expect(JSON.stringify(answer.body)).toContain(`"path":"${path}"`)
  })
})

describe('what was said', () => {
  test('is read from its end, page by page, each in reading order', async () => {
    const user = await newUser('PRO')
    const id = await newConversation(user)
    for (let n = 1; n <= 4; n += 1) await say(user, id, `repeat: answer ${n}`)
    type Page = { messages: { content: string; role: string }[]; nextCursor: string | null }
    const read = async (query: string) => (await callAs(user, `${messagesPath(id)}${query}`)).body as Page
    const newest = await read('?limit=3')
    expect(newest.messages.map(({ content }) => content)).toEqual([
      'answer 3',
      'repeat: answer 4',
      'answer 4',
    ])
    await say(user, id, 'repeat: answer 5')
    const older = await read(`?limit=3&cursor=${newest.nextCursor}`)
    expect(older.messages.map(({ content }) => content)).toEqual([
      'repeat: answer 2',
      'answer 2',
      'repeat: answer 3',
    ])
    const oldest = await read(`?limit=3&cursor=${older.nextCursor}`)
    expect(oldest.messages.map(({ content }) => content)).toEqual(['repeat: answer 1', 'answer 1'])
    expect(oldest.nextCursor).toBe(null)
  })

  test('comes as far as one answer of the database can carry, and goes on behind the cursor', async () => {
    const user = await newUser()
    const id = await newConversation(user)
    // The longest messages and the longest replies, in a script of three bytes a character.
    await sql(
      `insert into messages (user_id, conversation_id, id, role, content, reply_to, status, attempt, attempted_at)
       select $1, $2, gen_random_uuid(), role, repeat('語', chars), case role when 'assistant' then gen_random_uuid() end,
         case role when 'assistant' then 'complete' end, case role when 'assistant' then 1 end,
         case role when 'assistant' then now() end
       from generate_series(1, 40) n, (values (1, 'user', 16000), (2, 'assistant', 100000)) as lines (nth, role, chars)
       order by n, nth`,
      [user, id],
    )
    type Page = { messages: unknown[]; nextCursor: string | null }
    const newest = await callAs(user, `${messagesPath(id)}?limit=100`)
    expect(newest.status).toBe(200)
    const { messages, nextCursor } = newest.body as Page
    const older = (await callAs(user, `${messagesPath(id)}?limit=100&cursor=${nextCursor}`)).body as Page
    expect([messages.length, older.messages.length, older.nextCursor]).toEqual([50, 30, null])
  })

  test('comes with the quota in its headers', async () => {
    const user = await newUser()
    const id = await newConversation(user)
    await say(user, id)
    const { headers, body } = await callAs(user, messagesPath(id))
    expect(headers.get('RateLimit-Policy')).toBe('"messages";q=10;w=86400')
    expect(headers.get('RateLimit')).toMatch(/^"messages";r=9;t=\d+$/)
    expect(body).toMatchObject({ messages: [{ role: 'user' }, { role: 'assistant', status: 'complete' }] })
  })

  test('of messages sent at once keeps each reply behind its message', async () => {
    const user = await newUser()
    const id = await newConversation(user)
    await Promise.all(Array.from({ length: 8 }, (_, n) => sayAtOnce(user, id, { content: `repeat: ${n}` })))
    const { body } = await callAs(user, messagesPath(id))
    const { messages } = body as { messages: { id: string; role: string; replyTo?: string }[] }
    expect(messages).toHaveLength(16)
    for (let n = 0; n < 16; n += 2) expect(messages[n + 1]?.replyTo).toBe(messages[n]?.id)
  })
})

const reads: [string, (user: string, id: string) => Promise<Answer>][] = [
  ['reading it', (user, id) => callAs(user, at(id))],
  ['reading what was said', (user, id) => callAs(user, messagesPath(id))],
]
const writes: [string, (user: string, id: string) => Promise<Answer>][] = [
  ['renaming it', (user, id) => rename(user, id, { title: 'Mine now' })],
  ['deleting it', (user, id) => remove(user, id)],
  ['writing in it', (user, id) => say(user, id)],
]
const begin: [string, (user: string, id: string) => Promise<Answer>] = [
  'beginning one',
  (user) => callAs(user, PATH, { json: {} }),
]

test.each([...reads, ...writes])(
  '%s is the owner’s alone: anybody else finds nothing there',
  async (_name, attempt) => {
    const [a, b] = [await newUser(), await newUser()]
    const id = await newConversation(b, 'Secret')
    await say(b, id)
    const foreign = await expectUnchanged(() => attempt(a, id))
    const missing = await expectUnchanged(() => attempt(a, crypto.randomUUID()))
    const nonsense = await expectUnchanged(() => attempt(a, 'nonsense'))
    for (const answer of [foreign, missing, nonsense]) expectProblem(answer, 404, 'not_found')
    const told = ({ body }: Answer) => ({ ...(body as object), requestId: '' })
    expect(told(foreign)).toEqual(told(missing))
    expect(titles(await list(a))).toEqual([])
  },
)

const everything: typeof reads = [...reads, ['listing them', (user) => callAs(user, PATH)], begin, ...writes]

test.each(everything)('%s costs one request to the database', async (name, attempt) => {
  const user = await newUser()
  const id = await newConversation(user)
  await resetStandIns()
  expect((await attempt(user, id)).status).toBeLessThan(300)
  expect(await requestsTo('TEST_NEON')).toHaveLength(name === 'writing in it' ? 2 : 1)
})

describe.each([
  ['a deleted user', 'deleted_at', 401, 'user_deleted'],
  ['a banned user', 'banned_at', 403, 'user_banned'],
])('%s', (_who, column, status, code) => {
  test.each(everything)('is refused: %s', async (_name, attempt) => {
    const user = await newUser()
    const id = await newConversation(user)
    await sql(`update sync_state set ${column} = now() where user_id = $1`, [user])
    expectProblem(await expectUnchanged(() => attempt(user, id)), status, code)
  })
})

test('whoever acts as a user reads, and writes nothing', async () => {
  const user = await newUser()
  const id = await newConversation(user, 'Before')
  const headers = { Authorization: `Bearer ${await tokenFor(user, { act: { sub: 'user_Support' } })}` }
  for (const path of [PATH, at(id), messagesPath(id)])
    expect((await call(path, { headers })).status).toBe(200)
  const attempts: Parameters<typeof call>[] = [
    [PATH, { headers, json: {} }],
    [at(id), { headers, method: 'PATCH', json: { title: 'After' } }],
    [at(id), { headers, method: 'DELETE' }],
  ]
  for (const [path, init] of attempts)
    expectProblem(await expectUntouched(() => call(path, init)), 403, 'forbidden')
})

test.each([
  ['in every script', 'Ωмега 漢字 👩‍👩‍👧‍👦 e\u0301 ‮right to left‬'],
  ['as markup', `<img src=x onerror=alert(1)> & "quotes" '; drop table users; --`],
  ['with blanks around', '  spaced\tout  '],
])('a title %s is kept to the letter', async (_name, title) => {
  const user = await newUser()
  await newConversation(user, title)
  expect(titles(await list(user))).toEqual([title])
})

test('a lost answer begins one conversation, not two', async () => {
  const user = await newUser()
  await arm('TEST_NEON', { times: 1, act: { kind: 'lose-answer' } })
  await newConversation(user, 'Once')
  expect(titles(await list(user))).toEqual(['Once'])
})
