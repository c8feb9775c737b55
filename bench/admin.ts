/**
 * `npm run bench -- admin`: what the admin's pages and a user's usage cost where there are many users and three times as
 * many days of usage, against one bare request to the same database. What it prints is the table in README.md.
 */
import { sql } from 'drizzle-orm'
import { readAnalytics } from '../worker/admin/analytics.ts'
import { listUsers } from '../worker/admin/users/store.ts'
import { setTier } from '../worker/admin/users/tier-store.ts'
import { query } from '../worker/db/client.ts'
import { readUsage } from '../worker/usage/store.ts'
import { startBeside, startDatabase } from './database.ts'
import { quantile, tableRow, time } from './figures.ts'
import { connect } from './fill.ts'

const users = Number(process.argv[2] ?? 1_000_000)
const ROUNDS = 15
const ADMIN = 'user_Admin'
const ZONE = 'UTC'

const database = await startDatabase()
const neon = await startBeside('neon.ts', database.url)
const settings = { DATABASE_URL: database.url, NEON_FETCH_ENDPOINT: neon.url }

/** Sign-ups over 900 days; names of which each is one in sixteen; a tenth of all users on each of 30 days. */
async function fill() {
  const db = await connect(database.url)
  await db.query(
    `insert into users (id, email, first_name, last_name, tier, created_at, updated_at)
     select 'user_' || md5(n::text), left(md5('m' || n), 6) || '.' || n || '@example.com',
       (array['Ada','Grace','Alan','Edsger','Barbara','Donald','Katherine','Dennis','Margaret','Linus','Radia','Tim','Anita',
         'Vint','Hedy','Ken'])[1 + n % 16], left(md5('l' || n % 50000), 7),
       case when n % 50 = 0 then 'MAXX' when n % 11 = 0 then 'PRO' else 'FREE' end,
       now() - n * interval '900 days' / $1::int, now()
     from generate_series(1, $1::int) as n`,
    [users],
  )
  await db.query(`insert into sync_state (user_id, version, source) select id, 1, 'login' from users`)
  await db.query(
    `insert into usage_daily (user_id, day, messages, prompt_tokens, completion_tokens)
     select 'user_' || md5((1 + (n::bigint * 7 + ago * 131071) % $1)::text), current_date - ago, 1 + n % 10, 90, 50
     from generate_series(29, 0, -1) as ago, generate_series(1, $1::int / 10) as n
     on conflict do nothing`,
    [users],
  )
  await db.query('vacuum analyze users, usage_daily, sync_state')
  await db.end()
}

async function measure(what: string, run: () => Promise<unknown>) {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) times.push(await time(run))
  console.log(tableRow([what, quantile(times, 0.5).toFixed(1)]))
}

try {
  await fill()
  const page = { search: '', cursor: null, limit: 50, zone: ZONE }
  const middle = { microseconds: String((Date.now() - 450 * 86_400_000) * 1000), id: '' }
  const list = (more: object) => () => listUsers(settings, ADMIN, { ...page, ...more })
  const id = 'user_c4ca4238a0b923820dcc509a6f75849b'
  await measure('floor: one bare request', () => query(settings, (db) => db.execute(sql`select 1`)))
  await measure('a page of 50 users, the newest', list({}))
  await measure('the same from the middle', list({ cursor: middle }))
  await measure('a search that finds a few', list({ search: 'abcdef' }))
  await measure('a search that finds nobody', list({ search: 'nobody at all' }))
  await measure('a search that one in sixteen matches', list({ search: 'ada' }))
  await measure('the same from the middle', list({ search: 'ada', cursor: middle }))
  for (const days of [7, 30, 90, 365])
    await measure(`analytics of ${days} days`, () => readAnalytics(settings, ADMIN, days, ZONE))
  await measure('a change of tier', () =>
    setTier(settings, ADMIN, { id, tier: Math.random() < 0.5 ? 'PRO' : 'FREE', zone: ZONE }),
  )
  await measure('a user’s usage of 365 days', () => readUsage(settings, id, 365, ZONE))
} finally {
  neon.stop()
  await database.stop()
}
