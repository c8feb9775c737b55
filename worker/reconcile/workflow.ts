/**
 * The pass as a Cloudflare Workflow: each step's result is kept, a step that fails is tried again, and a pass that was
 * killed goes on at the step that it was killed in.
 * @see https://developers.cloudflare.com/workflows/build/workers-api/
 */
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers'
import { NonRetryableError } from 'cloudflare:workflows'
import * as z from 'zod/mini'
import { RUN_TRIGGERS } from '../db/enums.ts'
import { type Bindings, readConfig } from '../env.ts'
import { explain, Problem, Told } from '../errors.ts'
import { describeError } from '../log.ts'
import { startOnce } from './instances.ts'
import {
  type Counts,
  type Limits,
  type ReconcileSettings,
  type Report,
  type Share,
  type Steps,
  type Swept,
  sum,
} from './pass.ts'
import { reconcile } from './reconcile.ts'
import { sweep } from './sweep.ts'

/** Doubling from two seconds, ten attempts are a quarter of an hour; after a longer outage the next pass does what this one could not. */
const ATTEMPTS = 10
const LONGEST_DELAY_SECONDS = 300

/** A step is ten pages at the most, and a page takes a fifth of a second. */
const STEP_TIMEOUT = '5 minutes'

/** A shard takes minutes. Each look asks for every shard, and those questions count as requests, too. */
const LOOK_EVERY_SECONDS = 30

const shardSchema = z.object({
  range: z.object({ after: z.number(), before: z.number() }),
  users: z.number(),
  mostMissed: z.number(),
  pagesASecond: z.nullable(z.number()),
  settledBefore: z.number(),
})

/** Without parameters it is a pass that somebody has started in Cloudflare's dashboard. */
const paramsSchema = z.object({
  trigger: z._default(z.enum(RUN_TRIGGERS), 'admin'),
  dryRun: z._default(z.boolean(), false),
  full: z._default(z.boolean(), false),
  /** Sweeps one shard of another instance's pass. */
  shard: z.optional(shardSchema),
})
export type ReconcileParams = z.input<typeof paramsSchema>

const sweptSchema = z.object({ counts: z.record(z.string(), z.number()), absent: z.array(z.string()) })

export class ReconcileWorkflow extends WorkflowEntrypoint<Bindings, ReconcileParams> {
  override run(event: ReconcileEvent, step: WorkflowStep): Promise<Report | Swept> {
    return runInstance(this.env, event, step)
  }
}

type ReconcileEvent = Readonly<WorkflowEvent<ReconcileParams>>

/** A pass, or a shard of one. Whatever it fails for, the log has it with the pass's id. */
export async function runInstance(
  bindings: Bindings,
  event: ReconcileEvent,
  step: WorkflowStep,
): Promise<Report | Swept> {
  const run = event.instanceId
  try {
    const { shard, ...asked } = paramsSchema.parse(event.payload ?? {})
    const settings = readConfig(bindings)
    const steps = durable(step, run)
    if (shard) return await sweepShard(steps, settings, shard, { ...shard, dryRun: asked.dryRun })

    const plan = { ...asked, id: run, startedAt: event.timestamp.getTime() }
    const elsewhere = (shards: Share[], limits: Limits) =>
      sweepElsewhere(bindings.RECONCILE, steps, run, shards, limits)
    const report = await reconcile({ ...steps, sweepElsewhere: elsewhere }, settings, plan)
    console.log(JSON.stringify({ level: 'info', event: 'reconcile', run, ...report }))
    return report
  } catch (error) {
    logFailure({ run, status: 'failed', reason: explain(error) }, error)
    throw error
  }
}

async function sweepElsewhere(
  workflow: Workflow,
  steps: Steps,
  run: string,
  shards: Share[],
  { dryRun, ...limits }: Limits,
): Promise<Swept[]> {
  const instances = shards.map((share, n) => ({
    id: `${run}-shard-${n + 1}`,
    params: { dryRun, shard: { ...share, ...limits } },
  }))
  await steps.do('start shards', () => startOnce(workflow, instances))
  const ids = instances.map(({ id }) => id)
  for (let look = 1; ; look += 1) {
    const swept = await steps.do(`look ${look}`, () => outputsOf(workflow, ids, limits.mostMissed))
    if (swept) return swept
    await steps.pause(`look ${look}, pause`, LOOK_EVERY_SECONDS)
  }
}

/** What the shards have found, as soon as all have ended. */
async function outputsOf(workflow: Workflow, ids: string[], mostMissed: number): Promise<Swept[] | null> {
  const outputs: Swept[] = []
  // One absent user too many stops the pass, so more than that need not be kept: a step's result has its limit.
  let room = mostMissed + 1
  for (const id of ids) {
    const { status, output } = await (await workflow.get(id)).status()
    if (status === 'errored' || status === 'terminated')
      throw new Problem('internal', { facts: { shard: status } })
    if (status !== 'complete') return null
    const { counts, absent } = sweptSchema.parse(output)
    outputs.push({ counts, absent: absent.slice(0, room) })
    room -= Math.min(room, absent.length)
  }
  return outputs
}

async function sweepShard(
  steps: Steps,
  settings: ReconcileSettings,
  share: Share,
  limits: Limits,
): Promise<Swept> {
  let counts: Counts = {}
  const take = (more: Counts) => {
    counts = sum(counts, more)
  }
  const absent = await sweep(steps, settings, share, limits, { take, onPart: async () => undefined })
  return { counts, absent: absent.slice(0, limits.mostMissed + 1) }
}

const durable = (step: WorkflowStep, run: string): Steps => ({
  do: (name, work) =>
    step
      .do(
        name,
        { retries: { limit: ATTEMPTS - 1, delay: nextDelay, backoff: 'constant' }, timeout: STEP_TIMEOUT },
        () => work().catch((error) => Promise.reject(failed(run, name, error))),
      )
      .catch((error) => Promise.reject(outside(error))),
  pause: (name, seconds) => step.sleep(name, Math.ceil(seconds * 1000)),
})

/** Of an error only name and message come out of a step, and the message with words of the platform's around it. */
const TOLD = /⟨(?<words>.*) (?<seconds>\d+) s⟩/

function failed(run: string, step: string, error: unknown): Error {
  logFailure({ run, step }, error)
  const seconds = error instanceof Problem ? error.retryAfterSeconds : undefined
  const told = `⟨${explain(error)} ${seconds ?? 0} s⟩`
  const isFinal = error instanceof Problem && seconds === undefined
  return isFinal ? new NonRetryableError(told) : new Error(told)
}

/** With what a request's line would say of it, so that one search finds both. */
function logFailure(what: Record<string, unknown>, error: unknown) {
  const facts = error instanceof Problem ? { code: error.code, ...error.facts } : {}
  // What came out of a step has had a line of its own.
  const cause = error instanceof Problem ? error.cause : error instanceof Told ? undefined : error
  const described = cause === undefined ? {} : { cause: describeError(cause) }
  console.log(JSON.stringify({ level: 'error', event: 'reconcile', ...what, ...facts, ...described }))
}

function outside(error: unknown): Error {
  const told = error instanceof Error ? TOLD.exec(error.message)?.groups?.words : undefined
  return new Told(told ?? 'A step was cut off')
}

function nextDelay({ ctx, error }: { ctx: { attempt: number }; error: Error }): number {
  const asked = Number(TOLD.exec(error.message)?.groups?.seconds ?? 0)
  return Math.max(asked, Math.min(2 ** ctx.attempt, LONGEST_DELAY_SECONDS)) * 1000
}
