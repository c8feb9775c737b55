/** What starts a pass: the clock, and an admin. */
import { createScheduledController, introspectWorkflow, introspectWorkflowInstance } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import worker from '../../worker/index.ts'
import { call, callAs, emptyDatabase, expectProblem, expectUntouched, resetStandIns, sql } from './support.ts'
import { tokenFor } from './tokens.ts'

const ADMIN = 'user_Admin'
const bindings = { ADMIN_USER_IDS: `user_Other, ${ADMIN}` }

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
  await sql('truncate reconcile_runs')
})
afterEach(() => vi.restoreAllMocks())

const runs = () => sql('select id, trigger, dry_run, status, counts from reconcile_runs')

describe('POST /api/admin/reconcile', () => {
  test.each([{}, { dryRun: false }, { dryRun: true }])(
    'an admin sends %j and is given the pass',
    async (json) => {
      await using passes = await introspectWorkflow(env.RECONCILE)
      const answer = await callAs(ADMIN, '/api/admin/reconcile', { json, bindings })
      expect(answer.status).toBe(202)
      expect(answer.body).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
      for (const instance of await passes.get()) await instance.waitForStatus('complete')
      expect(await runs()).toMatchObject([
        {
          id: Object(answer.body).id,
          trigger: 'admin',
          dry_run: json.dryRun ?? false,
          status: 'complete',
          counts: { full: 1 },
        },
      ])
    },
  )

  test('nobody is an admin unless somebody is named', async () => {
    const answer = await expectUntouched(() => callAs(ADMIN, '/api/admin/reconcile', { json: {} }))
    expectProblem(answer, 403, 'forbidden')
  })

  test('a stranger is refused', async () => {
    const answer = await expectUntouched(() =>
      callAs('user_Stranger', '/api/admin/reconcile', { json: {}, bindings }),
    )
    expectProblem(answer, 403, 'forbidden')
  })

  test('who only acts as an admin is refused', async () => {
    const token = await tokenFor(ADMIN, { act: { sub: 'user_Support' } })
    const answer = await expectUntouched(() =>
      call('/api/admin/reconcile', { json: {}, bindings, headers: { Authorization: `Bearer ${token}` } }),
    )
    expectProblem(answer, 403, 'forbidden')
  })

  test.each([
    ['deleted_at', 401, 'user_deleted'],
    ['banned_at', 403, 'user_banned'],
  ])('an admin with %s is refused, and no pass begins', async (column, status, code) => {
    await sql(
      `insert into sync_state (user_id, version, ${column}, source) values ($1, 1, now(), 'webhook')`,
      [ADMIN],
    )
    const answer = await callAs(ADMIN, '/api/admin/reconcile', { json: {}, bindings })
    expectProblem(answer, status, code)
    expect(await runs()).toEqual([])
  })

  test('without a token it is a 401', async () => {
    const answer = await expectUntouched(() => call('/api/admin/reconcile', { json: {}, bindings }))
    expectProblem(answer, 401, 'unauthenticated')
  })

  test('a dryRun that is no boolean is a 422', async () => {
    const answer = await expectUntouched(() =>
      callAs(ADMIN, '/api/admin/reconcile', { json: { dryRun: 'yes' }, bindings }),
    )
    expectProblem(answer, 422, 'invalid')
  })
})

describe('the clock', () => {
  const ring = (cron: string, scheduledTime: number) =>
    worker.scheduled(createScheduledController({ cron, scheduledTime: new Date(scheduledTime) }), { ...env })

  test('starts one pass for one moment, however often it rings', async () => {
    const moment = Date.UTC(2026, 0, 1, 0, 17)
    await using instance = await introspectWorkflowInstance(env.RECONCILE, `cron-${moment}`)
    await ring('17 * * * *', moment)
    await ring('17 * * * *', moment)
    await instance.waitForStatus('complete')
    expect(await runs()).toMatchObject([{ id: `cron-${moment}`, trigger: 'cron', status: 'complete' }])
  })

  test('of a time that it does not know it does nothing, and says so', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await ring('0 0 1 1 *', 0)
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      { level: 'error', event: 'scheduled', code: 'unknown cron', cron: '0 0 1 1 *' },
    ])
    expect(await runs()).toEqual([])
  })
})
