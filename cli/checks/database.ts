/** The database: does it answer, has it all tables, and is everybody in it? */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { NeonDbError } from '@neondatabase/serverless'
import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { PASS_OVERDUE_MS, span } from '../../worker/admin/sync/verdict.ts'
import { countUsers } from '../../worker/clerk/lists.ts'
import { type DatabaseSettings, query } from '../../worker/db/client.ts'
import { Problem } from '../../worker/errors.ts'
import { countOurs } from '../../worker/reconcile/page-store.ts'
import { lastPasses } from '../../worker/reconcile/runs.ts'
import { number } from '../progress.ts'
import { bad, type Check, ok, reason, warn } from './check.ts'
import { everybody } from './keys.ts'

const JOURNAL = path.join(import.meta.dirname, '../../drizzle/meta/_journal.json')

const UNDEFINED_TABLE = '42P01'

/** One bare question, as the Worker asks it. Bad when no answer comes. */
export const database: Check = {
  name: 'database',
  needs: ['DATABASE_URL', 'NEON_FETCH_ENDPOINT'],
  async look({ config, source }) {
    const started = performance.now()
    try {
      await query(config, (db) => db.execute(sql`select 1`))
      return ok(`Answers within ${Math.ceil(performance.now() - started)} ms`)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      if (source === 'the local stack') return bad(reason(error), 'Start it: npm run dev')
      return error.code === 'misconfigured'
        ? bad('It refuses the login', 'Copy DATABASE_URL anew, password and all: Neon → Connect')
        : bad(reason(error), 'Look at DATABASE_URL, Neon’s console, https://neonstatus.com and your network')
    }
  },
}

/** Those of drizzle/ against those that the database has noted. Bad when one is missing, a warning when it has more. */
export const migrations: Check = {
  name: 'migrations',
  needs: database.needs,
  async look({ config }) {
    const [journal, applied] = await Promise.all([readJournal(), listApplied(config)])
    const latest = Math.max(...applied)
    const missing = journal.filter(({ when }) => !applied.includes(when))
    // drizzle-kit applies what is newer than the newest that it has applied, and nothing else.
    const skipped = missing.filter(({ when }) => when < latest)
    const names = (some: typeof journal) => some.map(({ tag }) => tag).join(', ')
    if (skipped.length > 0)
      return bad(
        `Passed over, because later ones came first: ${names(skipped)}`,
        'npm run db:migrate does not go back: apply those files of drizzle/ by hand',
      )
    if (missing.length > 0)
      return bad(
        `Not applied: ${missing.length === journal.length ? 'none of them is' : names(missing)}`,
        'npm run db:migrate, with this DATABASE_URL in the environment',
      )
    const unknown = applied.filter((when) => !journal.some((entry) => entry.when === when)).length
    if (unknown > 0)
      return warn(
        `The database is ahead by ${unknown} that this code does not know`,
        'Deploy from the newest code: git pull',
      )
    return ok(`All ${journal.length} are applied`)
  },
}

const journalSchema = z.object({ entries: z.array(z.object({ when: z.number(), tag: z.string() })) })

const readJournal = async () => journalSchema.parse(JSON.parse(await readFile(JOURNAL, 'utf8'))).entries

/** When each migration that has been applied was made, which is how drizzle-kit tells them apart. */
async function listApplied(settings: DatabaseSettings): Promise<number[]> {
  const statement = sql`select created_at::float8 as made from drizzle.__drizzle_migrations`
  try {
    const { rows } = await query(settings, (db) => db.execute<{ made: number }>(statement), {
      expected: [UNDEFINED_TABLE],
    })
    return rows.map(({ made }) => made)
  } catch (error) {
    if (error instanceof NeonDbError) return []
    throw error
  }
}

/** Counts both sides, and says when somebody last compared them. Never bad: the next pass mends what differs. */
export const drift: Check = {
  name: 'drift',
  needs: [...database.needs, 'CLERK_SECRET_KEY', 'CLERK_API_URL'],
  async look({ config, now }) {
    // First, because its deadline is short: a database that hangs is not waited for as long as a large one may count.
    const { latest, apart } = await lastPasses(config)
    const range = everybody(now)
    const [theirs, ours] = await Promise.all([countUsers(config, range), countOurs(config, range)])
    const age = latest === null ? 'no pass has ever been through' : `last pass ${span(now - latest)} ago`
    const found = `${number(theirs)} users in Clerk, ${number(ours)} with us; ${age}`
    if (theirs - ours !== apart) return warn(found, 'npm run reconcile -- --dry-run says what differs')
    if (latest === null || now - latest > PASS_OVERDUE_MS)
      return warn(
        found,
        'npm run reconcile -- --dry-run, and see that the clock is set: Cloudflare → the Worker → Settings → Triggers',
      )
    return ok(apart > 0 ? `${found}; the last pass could do nothing about the difference` : found)
  },
}
