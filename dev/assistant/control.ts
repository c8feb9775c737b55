/** Switches of what the model says and how fast, mounted at `/_control` behind the guard of the faults' own switches. */
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { type Model, paceSchema, scriptedSchema } from './model.ts'

export const modelControl = (model: Model): Hono =>
  new Hono()
    .put('/reply', (c) => set(c, scriptedSchema, (reply) => model.script(reply)))
    .put('/pace', (c) => set(c, paceSchema, (pace) => model.setPace(pace)))

async function set<T>(c: Context, schema: z.ZodType<T>, apply: (value: T) => void) {
  const parsed = schema.safeParse(await c.req.json().catch(() => undefined))
  if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 422)
  apply(parsed.data)
  return c.body(null, 204)
}
