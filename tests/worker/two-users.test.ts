/**
 * Two users at once, thousands of times, in one isolate: what a module remembers between requests would show as one
 * user's words in the other's answer, row or log line.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import worker from '../../worker/index.ts'
import { event, signed } from './deliveries.ts'
import { type ClerkUser, emptyDatabase, newClerkUser, ORIGIN, resetStandIns, sql } from './support.ts'
import { eventsOf } from './talk.ts'
import { tokenFor } from './tokens.ts'

const ROUNDS = 300
/** Of each of the two in a round. */
const REQUESTS = 10
/** Requests under way at any moment. */
const AT_ONCE = 24

/** Each of them says a word in every round, all on one day. */
const bindings = { ...env, QUOTA_MAXX: '100000' }

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

/** Somebody every one of whose fields says who it is, and at which version. */
type Somebody = { name: string; clerk: ClerkUser; token: string; version: number; conversation: string }

async function newSomebody(name: string): Promise<Somebody> {
  const clerk = await newClerkUser({
    first_name: name,
    last_name: name,
    email_address: [`${name}@two.example.com`],
  })
  const conversation = crypto.randomUUID()
  return { name, clerk, token: await tokenFor(clerk.id), version: clerk.updated_at, conversation }
}

const profile = ({ name, clerk }: Somebody, version: number) => ({
  id: clerk.id,
  first_name: `${name} ${version}`,
  last_name: name,
  image_url: `https://img.example.com/${name}/${version}`,
  primary_email_address_id: 'idn_1',
  email_addresses: [{ id: 'idn_1', email_address: `${name}-${version}@example.com` }],
  banned: false,
  created_at: clerk.created_at,
  updated_at: version,
})

type Asked = {
  who: Somebody
  route: string
  request: Request
  /** @param body JSON, or the events of a stream. */
  check: (status: number, body: unknown) => void
}

const api = (path: string, token: string | null, json?: unknown) =>
  new Request(`${ORIGIN}${path}`, {
    method: json === undefined ? 'GET' : 'POST',
    headers: { ...(token && { Authorization: `Bearer ${token}` }), 'Content-Type': 'application/json' },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  })

/** Everything that two people and Clerk may send in one round. */
function asked(who: Somebody, other: Somebody): Asked[] {
  who.version += 1
  const { clerk, token, version, conversation } = who
  const webhook = event('user.updated', profile(who, version))
  const refused = (status: number) => (met: number) => expect(met).toBe(status)
  return [
    {
      who,
      route: '/api/webhooks/clerk',
      request: new Request(`${ORIGIN}/api/webhooks/clerk`, {
        method: 'POST',
        headers: signed(webhook),
        body: webhook,
      }),
      check: (status, body) => {
        expect(status).toBe(200)
        expect(body).toEqual({ outcome: expect.stringMatching(/^(updated|stale)$/) })
      },
    },
    {
      who,
      route: '/api/user',
      request: api('/api/user', token),
      check: (...answer) => isAbout(who, ...answer),
    },
    {
      who,
      route: '/api/user/sync',
      request: api('/api/user/sync', token, { userId: clerk.id, updatedAt: version }),
      check: (...answer) => isAbout(who, ...answer),
    },
    {
      who,
      route: '/api/user/sync',
      request: api('/api/user/sync', token, { userId: other.clerk.id }),
      check: refused(403),
    },
    { who, route: '/api/user', request: api('/api/user', null), check: refused(401) },
    ...talk(who, other, `repeat: ${who.name} says ${version}`),
    { who, route: `${CONVERSATIONS}/:id`, request: api(at(other), token), check: refused(404) },
    {
      who,
      route: CONVERSATIONS,
      request: api(CONVERSATIONS, token),
      check: (status, body) => {
        expect(status).toBe(200)
        expect(Object(body).conversations.map(({ id }: { id: string }) => id)).toEqual([conversation])
      },
    },
  ]
}

const CONVERSATIONS = '/api/conversations'
const at = ({ conversation }: Somebody) => `${CONVERSATIONS}/${conversation}`

/** What is said, what is heard word by word, and what is read of it later; and nothing in the other's conversation. */
function talk(who: Somebody, other: Somebody, content: string): Asked[] {
  const { name, token, conversation } = who
  const route = `${CONVERSATIONS}/:id/messages`
  const send = (to: Somebody) => api(`${at(to)}/messages`, token, { id: crypto.randomUUID(), content })
  return [
    {
      who,
      route,
      request: send(who),
      check: (status, body) => {
        expect(status).toBe(200)
        const events = eventsOf(String(body))
        const heard = events.flatMap(({ event, data }) => (event === 'delta' ? [data.text] : [])).join('')
        expect(`repeat: ${heard}`).toBe(content)
        expect(events[0]?.data).toMatchObject({
          message: { content, conversationId: conversation },
          conversation: { id: conversation, title: name },
        })
        expect(events.at(-1)).toMatchObject({
          event: 'done',
          data: { message: { content: heard, conversationId: conversation } },
        })
      },
    },
    { who, route, request: send(other), check: (status) => expect(status).toBe(404) },
    {
      who,
      route,
      request: api(`${at(who)}/messages?limit=6`, token),
      check: (status, body) => {
        expect(status).toBe(200)
        for (const message of Object(body).messages)
          expect(message.content).toMatch(message.status === 'pending' ? /^$/ : ofOnly(name))
      },
    },
  ]
}

const ofOnly = (name: string) => new RegExp(`^(repeat: )?${name} says \\d+$`)

/** One user's, and one version of that user's, in every field. */
function isAbout({ name, clerk }: Somebody, status: number, body: unknown) {
  expect(status).toBe(200)
  const { user } = Object(body)
  const version = Date.parse(user.updatedAt)
  const isFirst = version === clerk.updated_at
  expect(user).toEqual({
    id: clerk.id,
    email: isFirst ? `${name}@two.example.com` : `${name}-${version}@example.com`,
    firstName: isFirst ? name : `${name} ${version}`,
    lastName: name,
    imageUrl: isFirst ? clerk.image_url : `https://img.example.com/${name}/${version}`,
    tier: 'MAXX',
    createdAt: new Date(clerk.created_at).toISOString(),
    updatedAt: user.updatedAt,
  })
}

/** Fisher and Yates, with dice that fall alike every time. */
function shuffled<T>(items: T[]): T[] {
  let die = 42
  const left = [...items]
  return items.flatMap(() => {
    die = (die * 1_103_515_245 + 12_345) % 2_147_483_648
    return left.splice(die % left.length, 1)
  })
}

test('the requests of two users, interleaved by the thousand, are each answered, written and logged as their own', async () => {
  const [ada, bo] = await Promise.all([newSomebody('ada'), newSomebody('bo')])
  for (const { name, clerk, token, conversation } of [ada, bo]) {
    await worker.fetch(api('/api/user/sync', token, { userId: clerk.id }), bindings, createExecutionContext())
    const begin = api(CONVERSATIONS, token, { id: conversation, title: name })
    await worker.fetch(begin, bindings, createExecutionContext())
  }
  await sql(`update users set tier = 'MAXX'`)
  const queue = shuffled(Array.from({ length: ROUNDS }, () => [...asked(ada, bo), ...asked(bo, ada)]).flat())
  expect(queue).toHaveLength(ROUNDS * 2 * REQUESTS)

  const lines: Record<string, unknown>[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(JSON.parse(line)))
  const answers = new Map<string, { route: string; status: number; outcome: unknown }>()
  const courier = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const context = createExecutionContext()
      const response = await worker.fetch(next.request, { ...bindings }, context)
      const isStream = response.headers.get('Content-Type') === 'text/event-stream'
      const body: unknown = await (isStream ? response.text() : response.json())
      await waitOnExecutionContext(context)
      next.check(response.status, body)
      const { route } = next
      const { outcome } = isStream ? { outcome: 'accepted' } : Object(body)
      answers.set(response.headers.get('X-Request-Id') ?? '', { route, status: response.status, outcome })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, courier))
  log.mockRestore()

  // No two requests are one, and each has one line of its own that says what its answer said.
  expect(answers.size).toBe(ROUNDS * 2 * REQUESTS)
  expect(lines).toHaveLength(ROUNDS * 2 * REQUESTS)
  for (const { requestId, route, status, outcome } of lines)
    expect({ route, status, outcome }).toEqual(answers.get(String(requestId)))
  expect(await sql('select id, email, first_name, last_name from users order by last_name')).toEqual(
    [ada, bo].map(({ name, clerk, version }) => ({
      id: clerk.id,
      email: `${name}-${version}@example.com`,
      first_name: `${name} ${version}`,
      last_name: name,
    })),
  )
  expect(
    await sql('select user_id, count(*)::int as count from webhook_deliveries group by 1 order by 1'),
  ).toEqual(
    [ada, bo]
      .map(({ clerk }) => ({ user_id: clerk.id, count: ROUNDS }))
      .sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
  )
  for (const { name, clerk, conversation } of [ada, bo]) {
    const held = await sql(
      `select conversation_id, count(*)::int as messages, bool_and(content ~ $2) as own, bool_and(status is null or status = 'complete') as whole
       from messages where user_id = $1 group by 1`,
      [clerk.id, ofOnly(name).source],
    )
    expect(held).toEqual([{ conversation_id: conversation, messages: 2 * ROUNDS, own: true, whole: true }])
  }
}, 180_000)
