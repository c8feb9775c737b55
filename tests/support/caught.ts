/** The Worker's own statements, caught as they leave, so that a measurement never has a copy of them. */
import { neonConfig } from '@neondatabase/serverless'
import type pg from 'pg'
import * as z from 'zod/mini'

export type Statement = { query: string; params: (string | null)[] }

/** One round of statements: how long they ran, how many pages of 8 kB they touched, and in which way. */
export type Cost = { ms: number; buffers: number; plans: Plan[] }

/** A node of PostgreSQL's plan, as far as anybody here looks at it. Rows are those of one of its loops. */
export type Plan = {
  'Node Type': string
  'Relation Name'?: string | undefined
  'Index Name'?: string | undefined
  /** `Insert`, `Update` or `Delete`. */
  Operation?: string | undefined
  'Actual Rows': number
  'Actual Loops': number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Plan[] | undefined
}

const statement = z.object({ query: z.string(), params: z.array(z.nullable(z.string())) })
const request = z.union([z.object({ queries: z.array(statement) }), statement])

/** Neon's way to say that a statement was wrong: not worth a second attempt. */
const REFUSED = JSON.stringify({ message: 'caught', code: 'XX000' })

/** What `run` would send first. It is refused: nothing reaches a database. */
export async function caught(run: () => Promise<unknown>): Promise<Statement[]> {
  const sent: Statement[] = []
  neonConfig.fetchFunction = async (_url: string, { body }: { body: string }) => {
    const parsed = request.parse(JSON.parse(body))
    sent.push(...('queries' in parsed ? parsed.queries : [parsed]))
    return new Response(REFUSED, { status: 400 })
  }
  try {
    await run()
  } catch (error) {
    if (sent.length > 0) return sent
    throw error
  } finally {
    neonConfig.fetchFunction = undefined
  }
  throw new Error('nothing was sent')
}

const planSchema: z.ZodMiniType<Plan> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.optional(z.string()),
  'Index Name': z.optional(z.string()),
  Operation: z.optional(z.string()),
  'Actual Rows': z.number(),
  'Actual Loops': z.number(),
  'Shared Hit Blocks': z.number(),
  'Shared Read Blocks': z.number(),
  get Plans() {
    return z.optional(z.array(planSchema))
  },
})
const explained = z.array(z.object({ Plan: planSchema, 'Execution Time': z.number() }))

/** Runs statements in one transaction, as Neon would, and takes it back. @param before Runs first, unmeasured. */
export async function costOf(client: pg.ClientBase, statements: Statement[], before: Statement[] = []) {
  const cost: Cost = { ms: 0, buffers: 0, plans: [] }
  await client.query('begin')
  try {
    for (const { query, params } of before) await client.query(query, params)
    for (const { query, params } of statements) {
      const { rows } = await client.query(`explain (analyze, buffers, format json) ${query}`, params)
      const [result] = explained.parse(rows[0]?.['QUERY PLAN'])
      if (!result) throw new Error('a statement has a plan')
      cost.ms += result['Execution Time']
      cost.plans.push(result.Plan)
      cost.buffers += result.Plan['Shared Hit Blocks'] + result.Plan['Shared Read Blocks']
    }
  } finally {
    await client.query('rollback')
  }
  return cost
}
