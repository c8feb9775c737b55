/**
 * `npm run bench -- quota`: 500 messages of one user at once, where ten are left: how many get through, and how long it takes. The Worker's way beside
 * three that one might have written instead, in turns on the same PostgreSQL and through the same Neon endpoint.
 */
import { randomUUID } from 'node:crypto'
import { neon } from '@neondatabase/serverless'
import { sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import { startTestServers } from '../tests/support/servers.ts'
import { acceptMessage } from '../worker/conversations/exchange-store.ts'
import { createConversation } from '../worker/conversations/store.ts'
import { Problem } from '../worker/errors.ts'
import { countMessage, today } from '../worker/quota/store.ts'
import { applySnapshot } from '../worker/users/store.ts'
import { quantile, tableRow, time } from './figures.ts'

const AT_ONCE = Number(process.argv[2] ?? 500)
const LIMIT = 10
const ROUNDS = 5

type Place = { userId: string; conversationId: string }
type Outcome = 'through' | 'refused' | 'failed'

const servers = await startTestServers()
const settings = {
  DATABASE_URL: servers.databaseUrl,
  NEON_FETCH_ENDPOINT: servers.neon.url,
  QUOTA_FREE: LIMIT,
  QUOTA_PRO: LIMIT,
  QUOTA_MAXX: LIMIT,
  QUOTA_TIME_ZONE: 'UTC',
}
const client = neon(servers.databaseUrl, { isolationLevel: 'ReadCommitted' })

const insert = ({ userId, conversationId }: Place) =>
  client`insert into messages (user_id, conversation_id, id, role, content)
    values (${userId}, ${conversationId}, ${randomUUID()}, 'user', 'Hi')`

const insertBelow = ({ userId, conversationId }: Place) => client`
  insert into messages (user_id, conversation_id, id, role, content)
  select ${userId}, ${conversationId}::uuid, ${randomUUID()}::uuid, 'user', 'Hi'
  where (select count(*) from messages where user_id = ${userId} and created_at >= date_trunc('day', now())) < ${LIMIT}
  returning id`

/** The Worker's own count, with as little behind it as the others have. */
function insertCounted({ userId, conversationId }: Place) {
  const { sql: text, params } = new PgDialect().sqlToQuery(sql`
    with today as materialized (${today('UTC')}),
    counted as (${countMessage(userId, sql`(select today.*, ${LIMIT}::int as "limit" from today) as startable`)})
    insert into messages (user_id, conversation_id, id, role, content)
    select ${userId}, ${conversationId}::uuid, ${randomUUID()}::uuid, 'user', 'Hi' from counted returning id`)
  return client.query(text, params)
}

/** In a transaction, as whatever writes more than this one row. */
async function isInserted(insertion: ReturnType<typeof insertBelow>): Promise<boolean> {
  const [inserted = []] = await client.transaction([insertion])
  return inserted.length > 0
}

const ways: Record<string, (place: Place) => Promise<boolean>> = {
  'the Worker, with all else that taking a message does': async ({ userId, conversationId }) => {
    const sending = { messageId: randomUUID(), content: 'Hi', title: 'Hi', replyId: randomUUID() }
    const { verdict } = await acceptMessage(settings, { userId, conversationId, ...sending })
    return verdict === 'accepted'
  },
  'the count read, then written': async (place) => {
    const [row] = await client`select message_count from rate_limits where user_id = ${place.userId}`
    const used = Number(row?.message_count ?? 0)
    if (used >= LIMIT) return false
    await client.transaction([
      insert(place),
      client`insert into rate_limits (user_id, window_start, message_count)
        values (${place.userId}, date_trunc('day', now()), ${used + 1})
        on conflict (user_id) do update set message_count = excluded.message_count`,
    ])
    return true
  },
  'counted by the conditional upsert, then inserted': (place) => isInserted(insertCounted(place)),
  'the messages counted and one inserted, in one statement': (place) => isInserted(insertBelow(place)),
  'the user locked, then the same': async (place) => {
    const lock = client`select from users where id = ${place.userId} for update`
    const [, inserted = []] = await client.transaction([lock, insertBelow(place)])
    return inserted.length > 0
  },
}

async function newPlace(): Promise<Place> {
  const [userId, conversationId] = [`user_${randomUUID().replaceAll('-', '')}`, randomUUID()]
  const snapshot = { id: userId, version: 1, email: null, firstName: null, lastName: null, imageUrl: null }
  await applySnapshot(
    settings,
    { ...snapshot, createdAt: new Date(0), banned: false },
    { source: 'login', seen: false },
  )
  await createConversation(settings, userId, conversationId, null)
  return { userId, conversationId }
}

type Storm = { outcomes: Outcome[]; waits: number[]; seconds: number }

async function storm(way: (place: Place) => Promise<boolean>): Promise<Storm> {
  const place = await newPlace()
  const found: Storm = { outcomes: [], waits: [], seconds: 0 }
  const one = async () => {
    let outcome: Outcome = 'failed'
    const wait = await time(async () => {
      outcome = await way(place).then(
        (isThrough) => (isThrough ? 'through' : 'refused'),
        (error: unknown) => {
          if (!(error instanceof Problem) || error.code !== 'database_unavailable') throw error
          return 'failed'
        },
      )
    })
    found.outcomes.push(outcome)
    found.waits.push(wait)
  }
  found.seconds = (await time(() => Promise.all(Array.from({ length: AT_ONCE }, one)))) / 1000
  return found
}

const counts = (storms: Storm[], wanted: Outcome) => {
  const each = storms.map(({ outcomes }) => outcomes.filter((outcome) => outcome === wanted).length)
  const [least, most] = [Math.min(...each), Math.max(...each)]
  return least === most ? String(least) : `${least} to ${most}`
}

try {
  const storms: Record<string, Storm[]> = {}
  const names = Object.entries(ways)
  for (let round = 0; round <= ROUNDS; round += 1)
    for (let turn = 0; turn < names.length; turn += 1) {
      // Each goes first as often as the others.
      const [name, way] = names[(turn + round) % names.length] ?? []
      // The first round opens connections.
      const found = way && (await storm(way))
      if (name && found && round > 0) storms[name] = [...(storms[name] ?? []), found]
    }
  console.log(
    `${AT_ONCE} at once, ${LIMIT} are left, ${ROUNDS} storms each: through, refused, failed, ms for all, p50, p95`,
  )
  for (const [name] of names) {
    const of = storms[name] ?? []
    const waits = of.flatMap((each) => each.waits)
    const all = quantile(
      of.map(({ seconds }) => seconds * 1000),
      0.5,
    )
    const figures = [all, quantile(waits, 0.5), quantile(waits, 0.95)].map((ms) => ms.toFixed(0))
    console.log(
      tableRow([name, counts(of, 'through'), counts(of, 'refused'), counts(of, 'failed'), ...figures]),
    )
  }
} finally {
  await servers.stop()
}
