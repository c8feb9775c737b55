/** Calls as an admin, and who may make them: the same for every route of theirs. */
import { expect, test } from 'vitest'
import {
  type Answer,
  call,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  requestsTo,
  resetStandIns,
  sql,
} from './support.ts'
import { tokenFor } from './tokens.ts'

export const ADMIN = 'user_Admin'

type Call = { method?: string; json?: unknown; bindings?: Record<string, unknown> }

export async function callAsAdmin(
  path: string,
  call_: Call = {},
  subject = ADMIN,
  claims: Record<string, unknown> = {},
): Promise<Answer> {
  const { bindings, ...options } = call_
  return call(path, {
    ...options,
    headers: { Authorization: `Bearer ${await tokenFor(subject, claims)}` },
    bindings: { ADMIN_USER_IDS: ADMIN, ...bindings },
  })
}

/** @param prepare Makes what the path is about, where it has to be there. */
export function forAdminsAlone(
  path: string,
  call_: Call = {},
  prepare: () => Promise<unknown> = async () => {},
) {
  test('nobody without a token', async () => {
    expectProblem(await expectUntouched(() => call(path, call_)), 401, 'unauthenticated')
  })

  test('not a user who is no admin, and nobody where no admin is named', async () => {
    await prepare()
    expectProblem(await expectUntouched(() => callAsAdmin(path, call_, 'user_Other')), 403, 'forbidden')
    const bindings = { ADMIN_USER_IDS: '' }
    expectProblem(await expectUntouched(() => callAsAdmin(path, { ...call_, bindings })), 403, 'forbidden')
  })

  test('not somebody who acts as an admin', async () => {
    await prepare()
    const act = { act: { iss: 'https://dashboard.clerk.com', sub: 'user_Support' } }
    expectProblem(await expectUntouched(() => callAsAdmin(path, call_, ADMIN, act)), 403, 'forbidden')
  })

  test.each([
    ['deleted_at', 401, 'user_deleted'],
    ['banned_at', 403, 'user_banned'],
  ])('not an admin with %s, at the cost of the same one request', async (column, status, code) => {
    await prepare()
    await sql(
      `insert into sync_state (user_id, version, ${column}, source) values ($1, 1, now(), 'webhook')`,
      [ADMIN],
    )
    await resetStandIns()
    expectProblem(await expectUnchanged(() => callAsAdmin(path, call_)), status, code)
    expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
  })

  test('an admin, also one who has never been synced, in one request', async () => {
    await prepare()
    await resetStandIns()
    expect((await callAsAdmin(path, call_)).status).toBe(200)
    expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
    expect(await requestsTo('TEST_CLERK')).toEqual([])
  })
}

type Row = {
  id?: string
  email?: string | null
  firstName?: string | null
  lastName?: string | null
  tier?: string
  createdAt?: string
  banned?: boolean
  seenAt?: string | null
}

let count = 0
function newId() {
  count += 1
  return `user_${count}`
}

/** A user's two rows, made by hand. */
export async function user({
  id = newId(),
  email = `${id.toLowerCase()}@example.com`,
  firstName = null,
  lastName = null,
  tier = 'FREE',
  createdAt = new Date().toISOString(),
  banned = false,
  seenAt = null,
}: Row = {}): Promise<string> {
  await sql(
    `insert into sync_state (user_id, version, banned_at, seen_at, source) values ($1, 1, $2, $3, 'login')`,
    [id, banned ? createdAt : null, seenAt],
  )
  await sql(
    `insert into users (id, email, first_name, last_name, tier, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $6)`,
    [id, email, firstName, lastName, tier, createdAt],
  )
  return id
}

/** @param ago Days before today in the zone. */
export const usage = (
  id: string,
  ago: number,
  { zone = 'UTC', messages = 1, promptTokens = 0, completionTokens = 0 } = {},
) =>
  sql(
    `insert into usage_daily (user_id, day, messages, prompt_tokens, completion_tokens)
     values ($1, (now() at time zone $2)::date - $3::int, $4, $5, $6)`,
    [id, zone, ago, messages, promptTokens, completionTokens],
  )

/** `2026-01-31`: the database's day in the zone, so many days ago. */
export async function dayAgo(ago: number, zone = 'UTC'): Promise<string> {
  const [row] = await sql(`select to_char((now() at time zone $1)::date - $2::int, 'YYYY-MM-DD') as day`, [
    zone,
    ago,
  ])
  return String(row?.day)
}
