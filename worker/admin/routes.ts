/** What only admins may see and do. */
import { Hono } from 'hono'
import * as z from 'zod/mini'
import { requireAdmin } from '../auth/require-admin.ts'
import { requireIdentity } from '../auth/require-identity.ts'
import { type AppEnv, jsonBody } from '../http.ts'
import type { ReconcileParams } from '../users/reconcile-workflow.ts'

const newPass = z.object({ dryRun: z.optional(z.boolean()) })

export const adminRoutes = new Hono<AppEnv>().post(
  '/reconcile',
  requireIdentity,
  requireAdmin,
  jsonBody(newPass),
  async (c) => {
    const { dryRun = false } = c.req.valid('json')
    // Who asks for a pass wants to know about everybody, whatever the counts say.
    const params: ReconcileParams = { trigger: 'admin', dryRun, full: true }
    const { id } = await c.env.RECONCILE.create({ id: crypto.randomUUID(), params })
    c.get('facts').run = id
    return c.json({ id }, 202)
  },
)
