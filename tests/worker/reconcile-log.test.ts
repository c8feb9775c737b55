/** What the clock's door says in the log: which pass, which step, and what has to be mended. */
import { createScheduledController } from 'cloudflare:test'
import { env, type WorkflowStep } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import worker from '../../worker/index.ts'
import { runInstance } from '../../worker/reconcile/workflow.ts'
import { finish, pass, recordLog } from './passes.ts'
import { arm, emptyDatabase, resetStandIns, sql } from './support.ts'

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
  await sql('truncate reconcile_runs')
})
afterEach(() => vi.restoreAllMocks())

test('a pass that came through has one line, with its status and counts', async () => {
  const lines = recordLog()
  const begun = await pass({ full: true })
  await finish(begun)
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'info',
      event: 'reconcile',
      run: begun.id,
      status: 'complete',
      counts: expect.objectContaining({ full: 1 }),
    }),
  ])
})

test('a step in vain says which pass, which step and what Clerk answered, and the pass has a last line', async () => {
  await arm('TEST_CLERK', { act: { kind: 'respond', status: 401, body: '{"errors":[]}' } })
  const lines = recordLog()
  const begun = await pass({ full: true })
  await finish(begun, 'errored')
  const facts = { code: 'misconfigured', clerkStatus: 401, variables: ['CLERK_SECRET_KEY'] }
  expect(lines).toEqual([
    { level: 'error', event: 'reconcile', run: begun.id, step: 'begin', ...facts },
    {
      level: 'error',
      event: 'reconcile',
      run: begun.id,
      status: 'failed',
      reason: 'The service is not set up correctly (CLERK_SECRET_KEY, 401)',
    },
  ])
})

test('an error of ours is told by its kind, without the driver’s words', async () => {
  await arm('TEST_NEON', {
    match: { body: 'insert into reconcile_runs' },
    act: { kind: 'respond', status: 500 },
  })
  const lines = recordLog()
  const begun = await pass({ full: true })
  await finish(begun, 'errored')
  expect(lines[0]).toMatchObject({
    run: begun.id,
    step: 'begin',
    code: 'database_unavailable',
    cause: { error: 'NeonDbError' },
  })
  expect(lines.at(-1)).toMatchObject({
    run: begun.id,
    status: 'failed',
    reason: 'The database cannot be reached just now',
  })
  expect(JSON.stringify(lines)).not.toMatch(/insert |neon:neon/)
})

/** Steps that a pass must not come to. */
const nowhere: WorkflowStep = {
  do: () => Promise.reject(new Error('a step')),
  sleep: () => Promise.reject(new Error('a step')),
  sleepUntil: () => Promise.reject(new Error('a step')),
  waitForEvent: () => Promise.reject(new Error('a step')),
}

test('a setting that is wrong is named before the first step', async () => {
  const lines = recordLog()
  const event = {
    payload: {},
    timestamp: new Date(),
    instanceId: 'pass-misconfigured',
    workflowName: 'swarai',
  }
  const bindings = { ...env, DATABASE_URL: 'mysql://root:hunter2@db' }
  await expect(runInstance(bindings, event, nowhere)).rejects.toThrow()
  expect(lines).toEqual([
    {
      level: 'error',
      event: 'reconcile',
      run: 'pass-misconfigured',
      status: 'failed',
      reason: 'The service is not set up correctly (DATABASE_URL)',
      code: 'misconfigured',
      variables: ['DATABASE_URL'],
    },
  ])
})

test('a pass that the clock cannot start is told, and the trigger fails', async () => {
  const lines = recordLog()
  const moment = Date.UTC(2026, 0, 1, 1, 17)
  const refuse = () => Promise.reject(new RangeError('no room'))
  const RECONCILE: Workflow = { get: refuse, create: refuse, createBatch: refuse, deleteBatch: refuse }
  const controller = createScheduledController({ cron: '17 * * * *', scheduledTime: new Date(moment) })
  await expect(worker.scheduled(controller, { ...env, RECONCILE })).rejects.toThrow('no room')
  expect(lines).toEqual([
    { level: 'error', event: 'scheduled', run: `cron-${moment}`, cause: { error: 'RangeError' } },
  ])
})
