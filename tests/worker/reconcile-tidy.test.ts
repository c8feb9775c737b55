/** What a pass forgets, seen through the admin's route. */
import { expect, test } from 'vitest'
import { finish, pass } from './passes.ts'
import { callAs, emptyDatabase, resetStandIns, sql } from './support.ts'

const bindings = { ADMIN_USER_IDS: 'user_Admin' }

test('an endpoint that has been silent for a hundred days is not one that nothing has ever arrived at', async () => {
  await resetStandIns()
  await emptyDatabase()
  await sql('truncate reconcile_runs')
  await sql(`
    insert into webhook_deliveries (message_id, type, outcome, received_at)
    select 'msg_' || days, 'user.updated', 'updated', date_trunc('second', now()) - days * interval '1 day'
    from unnest(array[100, 101]) as days`)
  const [row] = await sql('select max(received_at) as last from webhook_deliveries')
  await finish(await pass())
  expect(await sql('select message_id from webhook_deliveries')).toEqual([{ message_id: 'msg_100' }])
  const { status, body } = await callAs('user_Admin', '/api/admin/sync', { bindings })
  expect(status).toBe(200)
  expect(Date.parse(Object(body).lastDeliveryAt)).toBe(Date.parse(String(row?.last)))
})
