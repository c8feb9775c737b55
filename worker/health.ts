/** Is the Worker alive, and does its database answer? */
import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { query } from './db/client.ts'
import { Problem } from './errors.ts'
import type { AppEnv } from './http.ts'
import { describeError } from './log.ts'

export const healthRoutes = new Hono<AppEnv>().get('/', async (c) => {
  const started = performance.now()
  // Once is enough: who watches a service asks again anyway.
  const trouble = await query(c.get('config'), (db) => db.execute(sql`select 1`), { attempts: 1 }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof Problem && error.code !== 'misconfigured') return error
      throw error
    },
  )
  const database = { ok: !trouble, latencyMs: Math.round(performance.now() - started) }
  if (!trouble) return c.json({ status: 'ok', database }, 200)
  Object.assign(c.get('facts'), { code: trouble.code, cause: describeError(trouble.cause) })
  return c.json({ status: 'unavailable', database }, 503, trouble.headers)
})
