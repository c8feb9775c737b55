/**
 * `npm run bench -- plans`: what the Worker's statements cost in a small, a larger and a very large database, in turns in
 * one run, and how they are planned in the largest. What it prints are the tables in README.md.
 * `npm run bench -- plans 100000 10000000` names the sizes.
 */
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { createDatabase } from '../dev/postgres.ts'
import { type Cost, caught, costOf, type Statement } from '../tests/support/caught.ts'
import { readAnalytics } from '../worker/admin/analytics.ts'
import { listUsers } from '../worker/admin/users/store.ts'
import type { Sending } from '../worker/conversations/exchange-rule.ts'
import {
  acceptMessage,
  findReply,
  listMessages,
  settleReply,
} from '../worker/conversations/exchange-store.ts'
import { deleteConversation, listConversations } from '../worker/conversations/store.ts'
import { removeUsers } from '../worker/reconcile/page-store.ts'
import { readUsage } from '../worker/usage/store.ts'
import { startDatabase } from './database.ts'
import { quantile, tableRow } from './figures.ts'
import { connect, fill, HEAVY, isLongConversation, sharesOf } from './fill.ts'
import { shortForm } from './plan-text.ts'

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100_000, 1_000_000]
const ROUNDS = 7
const PAGE = 30

const ZONE = 'UTC'
const settings = {
  DATABASE_URL: 'postgres://nobody:nothing@db.localhost/none',
  NEON_FETCH_ENDPOINT: undefined,
  QUOTA_FREE: 10,
  QUOTA_PRO: 100,
  QUOTA_MAXX: 1000,
  QUOTA_TIME_ZONE: ZONE,
}
const noneLeft = { ...settings, QUOTA_MAXX: 0 }

type Measured = { statements: Statement[]; before?: Statement[] }

/** Places in the heavy user's data: the long conversation, its middle, and the middle of the list of conversations. */
async function placesIn(client: pg.Client) {
  const first = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) => {
    const { rows } = await client.query<Row>(text, values)
    const [row] = rows
    if (!row) throw new Error(`nothing found: ${text}`)
    return row
  }
  const { id } = await first<{ id: string }>(`select id from conversations where ${isLongConversation}`)
  const { position, message } = await first<{ position: string; message: string }>(
    `select position, reply_to as message from messages where user_id = $1 and conversation_id = $2 and role = 'assistant'
     order by position offset (select count(*) / 4 from messages where user_id = $1 and conversation_id = $2) limit 1`,
    [HEAVY, id],
  )
  const middleOf = (table: string, time: string, where: string) =>
    first<{ microseconds: string; id: string }>(
      `select (extract(epoch from ${time}) * 1000000)::bigint::text as microseconds, id from ${table} where ${where}
       order by ${time} desc offset (select count(*) / 2 from ${table} where ${where}) limit 1`,
    )
  return {
    conversationId: id,
    position,
    message,
    deepInList: await middleOf('conversations', 'updated_at', `user_id = '${HEAVY}'`),
    deepInUsers: await middleOf('users', 'created_at', 'true'),
  }
}

async function everyStatement(client: pg.Client): Promise<Record<string, Measured>> {
  const { conversationId, position, message, deepInList, deepInUsers } = await placesIn(client)
  const sending: Sending = {
    userId: HEAVY,
    conversationId,
    messageId: randomUUID(),
    content: 'How are you?',
    title: 'How are you?',
    replyId: randomUUID(),
  }
  const settlement = {
    content: 'Well. '.repeat(100),
    status: 'complete',
    usage: { promptTokens: 1, completionTokens: 2 },
    giveBack: false,
  } as const
  const of = async (run: () => Promise<unknown>): Promise<Measured> => ({ statements: await caught(run) })
  const list = (query?: string, cursor?: typeof deepInList) =>
    of(() => listConversations(settings, HEAVY, { limit: PAGE, query, cursor }))
  const history = (cursor?: string) =>
    of(() => listMessages(settings, HEAVY, conversationId, { limit: PAGE, cursor }))
  const admin = (search = '', cursor: typeof deepInUsers | null = null) =>
    of(() => listUsers(settings, 'user_Admin', { limit: 50, search, cursor, zone: ZONE }))
  const taken = await of(() => acceptMessage(settings, sending))
  return {
    'conversations, the newest page': await list(),
    'conversations, a page from the middle': await list(undefined, deepInList),
    'conversations, a search that a tenth match': await list('night'),
    'conversations, a search that nothing matches': await list('zebra'),
    'messages, the end of the long conversation': await history(),
    'messages, a page from its middle': await history(position),
    'a message taken, with what was said before': taken,
    'the same, the planner left to itself': { statements: taken.statements.slice(1) },
    'a message refused, nothing left': await of(() => acceptMessage(noneLeft, sending)),
    'a reply settled': {
      ...(await of(() => settleReply(settings, sending, settlement))),
      before: taken.statements,
    },
    'a reply found again': await of(() => findReply(settings, HEAVY, message)),
    'usage, a month': await of(() => readUsage(settings, HEAVY, 30, ZONE)),
    'usage, a year': await of(() => readUsage(settings, HEAVY, 365, ZONE)),
    'admin: users, the newest page': await admin(),
    'admin: users, a page from the middle': await admin(undefined, deepInUsers),
    'admin: users, a search that one matches': await admin('person-77@'),
    'admin: users, a search that all match': await admin('ada'),
    'admin: analytics, a month': await of(() => readAnalytics(settings, 'user_Admin', 30, ZONE)),
    'the long conversation deleted': await of(() => deleteConversation(settings, HEAVY, conversationId)),
    'the heavy user deleted': await of(() => removeUsers(settings, [HEAVY])),
  }
}

type Filled = { client: pg.Client; statements: Record<string, Measured>; costs: Record<string, Cost[]> }

async function makeReady(url: string, messages: number): Promise<Filled> {
  const began = performance.now()
  const client = await connect((await createDatabase(url, { template: 'neondb' })).url)
  await fill(client, messages)
  const { heavyConversations, longConversation } = sharesOf(messages)
  const seconds = Math.round((performance.now() - began) / 1000)
  console.error(
    `${messages.toLocaleString('en')} messages in ${seconds} s; the heavy user has ${heavyConversations} conversations, the long one ${longConversation} messages`,
  )
  return { client, statements: await everyStatement(client), costs: {} }
}

const milliseconds = (costs: Cost[]) =>
  quantile(
    costs.map(({ ms }) => ms),
    0.5,
  )
const buffers = (costs: Cost[]) =>
  quantile(
    costs.map((cost) => cost.buffers),
    0.5,
  )

const server = await startDatabase()
const databases: Filled[] = []
try {
  for (const size of sizes) databases.push(await makeReady(server.url, size))
  const names = Object.keys(databases[0]?.statements ?? {})
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const name of names)
      for (const { client, statements, costs } of databases) {
        const { statements: measured = [], before } = statements[name] ?? {}
        const cost = await costOf(client, measured, before)
        // The first round warms up.
        if (round > 0) costs[name] = [...(costs[name] ?? []), cost]
      }
  console.log(tableRow(['', ...sizes.map((size) => size.toLocaleString('en'))]))
  console.log(tableRow(['---', ...sizes.map(() => '---')]))
  for (const name of names)
    console.log(
      tableRow([
        name,
        ...databases.map(({ costs }) => {
          const of = costs[name] ?? []
          return `${milliseconds(of).toFixed(1)} ms · ${buffers(of).toLocaleString('en')}`
        }),
      ]),
    )
  console.log(`\n${tableRow(['', `with ${sizes.at(-1)?.toLocaleString('en')} messages`])}`)
  console.log(tableRow(['---', '---']))
  for (const [name, [cost]] of Object.entries(databases.at(-1)?.costs ?? {})) {
    const plans = cost?.plans.map(shortForm).filter((plan) => plan !== '') ?? []
    console.log(tableRow([name, plans.join('<br>')]))
  }
} finally {
  for (const { client } of databases) await client.end()
  await server.stop()
}
