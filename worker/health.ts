/** Is the Worker alive, and does its database answer? */
import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { query } from './db/client.ts'
import { Problem } from './errors.ts'
import type { AppEnv } from './http.ts'

export const healthRoutes = new Hono<AppEnv>().get('/', async (c) => {
  const started = performance.now()
  const ok = await query(c.get('config'), (db) => db.execute(sql`select 1`)).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof Problem) || error.code !== 'database_unavailable') throw error
      c.get('facts').code = error.code
      return false
    },
  )
  const latencyMs = Math.round(performance.now() - started)
  return c.json({ status: ok ? 'ok' : 'unavailable', database: { ok, latencyMs } }, ok ? 200 : 503)
})
