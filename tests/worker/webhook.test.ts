/** The second door: POST /api/webhooks/clerk. Deliveries come in any order, any number of times, and from anybody. */
import { env } from 'cloudflare:workers'
import { Webhook } from 'svix'
import { beforeEach, describe, expect, test } from 'vitest'
import { permutations } from '../support/permutations.ts'
import { created, deleted, deliver, event, ID, NOW, post, signed, updated, user } from './deliveries.ts'
import {
  arm,
  callAs,
  databaseHash,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  requestsTo,
  resetStandIns,
  sql,
} from './support.ts'

beforeEach(async () => {
  await resetStandIns()
  await emptyDatabase()
})

const state = async () => {
  const rows = await sql(`
    select user_id, version::int, deleted_at is not null as deleted, first_name, email
    from sync_state left join users on id = user_id order by user_id`)
  return rows
}
const ledger = () =>
  sql('select message_id, type, outcome, reason, attempts from webhook_deliveries order by message_id')

describe('authentic or not', () => {
  const headersOf = (change: Record<string, string | undefined>) => {
    const headers = { ...signed(created(1)), ...change }
    return Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
  }
  test.each([
    ['no id', { 'svix-id': undefined }],
    ['a blank id', { 'svix-id': ' ' }],
    ['another id', { 'svix-id': 'msg_other' }],
    ['an id of 300 characters', { 'svix-id': 'm'.repeat(300) }],
    ['no timestamp', { 'svix-timestamp': undefined }],
    ['a blank timestamp', { 'svix-timestamp': '' }],
    ['no signature', { 'svix-signature': undefined }],
    ['a blank signature', { 'svix-signature': '' }],
    ['a forged signature', { 'svix-signature': 'v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }],
    ['a signature without its version', { 'svix-signature': 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' }],
  ])('%s is a 400', async (_name, change) => {
    const answer = await expectUntouched(() => post(created(1), headersOf(change)))
    expectProblem(answer, 400, 'bad_request')
  })

  test.each([
    ['a truncated signature', (signature: string) => signature.slice(0, -4)],
    ['a signature of another version alone', (signature: string) => signature.replace('v1,', 'v2,')],
    [
      'a signature with a byte flipped',
      (signature: string) => signature.replace(/.(.)$/, (_, last) => `${last === 'A' ? 'B' : 'A'}=`),
    ],
  ])('%s is a 400', async (_name, spoil) => {
    const body = created(1)
    const headers = signed(body)
    const answer = await expectUntouched(() =>
      post(body, { ...headers, 'svix-signature': spoil(headers['svix-signature'] ?? '') }),
    )
    expectProblem(answer, 400, 'bad_request')
  })

  test.each([
    ['a body with one byte flipped', (body: string) => body.replace('user.created', 'user.createe')],
    ['a body that was parsed and written again', (body: string) => JSON.stringify(JSON.parse(body), null, 1)],
    ['a body behind a byte order mark', (body: string) => `\ufeff${body}`],
    ['a body with a space behind it', (body: string) => `${body} `],
    ['an empty body', () => ''],
  ])('%s is a 400', async (_name, change) => {
    const body = created(1)
    expectProblem(await expectUntouched(() => post(change(body), signed(body))), 400, 'bad_request')
  })

  test.each([299, -299])('%i seconds off the clock are let in', async (offset) => {
    expect((await deliver(created(1), { timestamp: NOW() + offset })).status).toBe(200)
  })

  test.each([302, -302])('%i seconds off the clock are a 400', async (offset) => {
    const answer = await expectUntouched(() => deliver(created(1), { timestamp: NOW() + offset }))
    expectProblem(answer, 400, 'bad_request')
  })

  test.each(['.5', 'abc', 'e0'])('a timestamp with %j behind it is a 400', async (suffix) => {
    const body = created(1)
    const headers = signed(body)
    const timestamp = `${headers['svix-timestamp']}${suffix}`
    expectProblem(
      await expectUntouched(() => post(body, { ...headers, 'svix-timestamp': timestamp })),
      400,
      'bad_request',
    )
  })

  test('the good signature among 1,000 others is found', async () => {
    const body = created(1)
    const headers = signed(body)
    const junk = Array.from({ length: 1000 }, (_, n) => `v1,${btoa(String(n).padStart(32, '0'))}`)
    expect(
      (await post(body, { ...headers, 'svix-signature': [...junk, headers['svix-signature']].join(' ') }))
        .status,
    ).toBe(200)
  })

  test('Svix’s unbranded headers are not Clerk’s', async () => {
    const body = created(1)
    const headers = Object.fromEntries(
      Object.entries(signed(body)).map(([name, value]) => [name.replace('svix-', 'webhook-'), value]),
    )
    expectProblem(await expectUntouched(() => post(body, headers)), 400, 'bad_request')
  })

  test('Svix’s known answer is accepted at its time', () => {
    const webhook = new Webhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    const signature = webhook.sign(
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      new Date(1614265330_000),
      '{"test": 2432232314}',
    )
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })
})

describe('the secret', () => {
  test.each([
    undefined,
    '',
    'whsec_',
    'whsec_c2hvcnQ=',
    'not-a-secret',
    `${env.CLERK_WEBHOOK_SIGNING_SECRET},whsec_c2hvcnQ=`,
  ])('set to %j is a 503, and never a 2xx', async (secret) => {
    const body = created(1)
    const answer = await expectUntouched(() =>
      post(body, signed(body), { CLERK_WEBHOOK_SIGNING_SECRET: secret }),
    )
    expectProblem(answer, 503, 'misconfigured')
    expect(answer.logs[0]).toMatchObject({ variables: ['CLERK_WEBHOOK_SIGNING_SECRET'] })
  })

  test('while it is rotated both the old and the new one are good', async () => {
    const fresh = `whsec_${btoa('a-fresh-secret-of-thirty-two-byte')}`
    const bindings = { CLERK_WEBHOOK_SIGNING_SECRET: `${fresh}, ${env.CLERK_WEBHOOK_SIGNING_SECRET}` }
    for (const [version, secret] of [env.CLERK_WEBHOOK_SIGNING_SECRET, fresh].entries()) {
      const body = updated(version + 1)
      expect((await post(body, signed(body, { secret }), bindings)).status).toBe(200)
    }
    const body = updated(9)
    const stranger = `whsec_${btoa('somebody-else-s-secret-of-32-byte')}`
    expectProblem(await post(body, signed(body, { secret: stranger }), bindings), 400, 'bad_request')
  })

  test('a mistake in it keeps nobody from signing in', async () => {
    await deliver(created(1))
    expect(
      (await callAs(ID, '/api/user', { bindings: { CLERK_WEBHOOK_SIGNING_SECRET: 'oops' } })).status,
    ).toBe(200)
  })
})

describe('what a delivery does', () => {
  test('costs one database request and no Clerk call, and is answered when it is committed', async () => {
    await resetStandIns()
    const answer = await deliver(created(1), { messageId: 'msg_first' })
    expect(answer.body).toEqual({ outcome: 'created' })
    expect(await requestsTo('TEST_NEON')).toEqual(['POST /sql'])
    expect(await requestsTo('TEST_CLERK')).toEqual([])
    expect(await state()).toEqual([
      { user_id: ID, version: 1, deleted: false, first_name: 'v1', email: `${ID}@example.com` },
    ])
    expect(await ledger()).toEqual([
      { message_id: 'msg_first', type: 'user.created', outcome: 'created', reason: null, attempts: 1 },
    ])
  })

  test('an update before its creation makes the whole row, and the creation is stale', async () => {
    expect((await deliver(updated(2))).body).toEqual({ outcome: 'created' })
    expect((await deliver(created(1))).body).toEqual({ outcome: 'stale' })
    expect(await state()).toMatchObject([{ version: 2, first_name: 'v2' }])
  })

  test('the deletion of an unknown user leaves a tombstone, and nothing after it revives', async () => {
    expect((await deliver(deleted())).body).toEqual({ outcome: 'deleted' })
    const before = await databaseHash()
    expect((await deliver(created(1))).body).toEqual({ outcome: 'deleted' })
    expect((await deliver(updated(2_000_000_000_000))).body).toEqual({ outcome: 'deleted' })
    expect((await deliver(deleted())).body).toEqual({ outcome: 'unchanged' })
    expect(await databaseHash()).toBe(before)
    expect(await state()).toMatchObject([{ deleted: true, first_name: null }])
  })

  test('a deleted user whose token is still good for a minute is told so', async () => {
    await deliver(created(1))
    expect((await callAs(ID, '/api/user')).status).toBe(200)
    await deliver(deleted())
    expectProblem(await callAs(ID, '/api/user'), 401, 'user_deleted')
  })

  test('a ban closes the API at once, and its end opens it; a temporary lock does not', async () => {
    await deliver(created(1))
    await deliver(updated(2, { banned: true }))
    expectProblem(await callAs(ID, '/api/user'), 403, 'user_banned')
    await deliver(updated(3, { banned: false, locked: true }))
    expect((await callAs(ID, '/api/user')).status).toBe(200)
  })

  test('every order of a life, duplicates included, ends alike', async () => {
    const life = [
      { messageId: 'msg_a', body: created(1) },
      { messageId: 'msg_b', body: updated(2) },
      { messageId: 'msg_c', body: updated(3) },
      { messageId: 'msg_b', body: updated(2) },
      { messageId: 'msg_d', body: deleted() },
    ]
    for (const order of permutations(life)) {
      await emptyDatabase()
      for (const { body, messageId } of order) expect((await deliver(body, { messageId })).status).toBe(200)
      const [end, ...more] = await state()
      expect(more).toEqual([])
      expect(end).toMatchObject({ deleted: true, first_name: null, email: null })
      expect((await ledger()).map(({ attempts }) => attempts)).toEqual([1, 2, 1, 1])
    }
  }, 60_000)

  test('one delivery a hundred times at once is answered 200 each and noted once', async () => {
    const body = created(1)
    const answers = await atOnce(100, body, signed(body, { messageId: 'msg_storm' }))
    expect(new Set(answers)).toEqual(new Set([200]))
    expect(await ledger()).toMatchObject([{ message_id: 'msg_storm', outcome: 'created', attempts: 100 }])
    expect(await state()).toMatchObject([{ version: 1 }])
  })

  test('a replay, with the same id at a new time, changes nothing', async () => {
    await deliver(created(1), { messageId: 'msg_replayed', timestamp: NOW() - 100 })
    const before = await databaseHash()
    expect((await deliver(created(1), { messageId: 'msg_replayed' })).body).toEqual({ outcome: 'created' })
    expect(await databaseHash()).toBe(before)
  })
})

describe('addresses', () => {
  const claim = (id: string, version: number, email: string) =>
    event('user.updated', user(version, { id, email_addresses: [{ id: 'idn_1', email_address: email }] }))
  const emails = async () => Object.fromEntries((await state()).map(({ user_id, email }) => [user_id, email]))

  test('two users who swap addresses, in both orders', async () => {
    for (const last of [
      ['user_B', 'user_A'],
      ['user_A', 'user_B'],
    ]) {
      await emptyDatabase()
      await deliver(claim('user_A', 1, 'a@example.com'))
      await deliver(claim('user_B', 2, 'b@example.com'))
      const swapped: Record<string, string> = {
        user_A: claim('user_A', 3, 'b@example.com'),
        user_B: claim('user_B', 4, 'a@example.com'),
      }
      for (const id of last) expect((await deliver(swapped[id] ?? '')).status).toBe(200)
      expect(await emails()).toEqual({ user_A: 'b@example.com', user_B: 'a@example.com' })
    }
  })

  test('two users who swap addresses at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      await emptyDatabase()
      await deliver(claim('user_A', 1, 'a@example.com'))
      await deliver(claim('user_B', 2, 'b@example.com'))
      const answers = await Promise.all([
        atOnce(3, claim('user_A', 3, 'b@example.com')),
        atOnce(3, claim('user_B', 4, 'a@example.com')),
      ])
      expect(new Set(answers.flat())).toEqual(new Set([200]))
      expect(await emails()).toEqual({ user_A: 'b@example.com', user_B: 'a@example.com' })
    }
  })
})

describe('profiles', () => {
  test.each([
    ['no address', { email_addresses: [], primary_email_address_id: null }, null],
    [
      'two addresses, the second primary',
      {
        email_addresses: [
          { id: 'idn_1', email_address: 'one@example.com' },
          { id: 'idn_2', email_address: 'two@example.com' },
        ],
        primary_email_address_id: 'idn_2',
      },
      'two@example.com',
    ],
    [
      'an unverified address',
      {
        email_addresses: [
          { id: 'idn_1', email_address: 'x@example.com', verification: { status: 'unverified' } },
        ],
      },
      'x@example.com',
    ],
    [
      'a phone alone',
      { email_addresses: [], primary_email_address_id: null, phone_numbers: [{ id: 'idn_3' }] },
      null,
    ],
    ['addresses without a primary', { primary_email_address_id: null }, null],
  ])('%s: 200', async (_name, profile, email) => {
    expect((await deliver(created(1, profile))).body).toEqual({ outcome: 'created' })
    expect(await state()).toMatchObject([{ email }])
  })

  test('null names, NUL, lone surrogates, and 10,000 keys of metadata are taken or cleaned', async () => {
    const metadata = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${n}`, n]))
    const body = created(1, {
      first_name: 'a\0\ud800b',
      last_name: null,
      public_metadata: metadata,
      unsafe_metadata: JSON.parse('{"__proto__":{"tier":"MAXX"}}'),
    })
    expect((await deliver(body)).body).toEqual({ outcome: 'created' })
    expect(await sql('select first_name, last_name, tier from users')).toEqual([
      { first_name: 'a\ufffdb', last_name: null, tier: 'FREE' },
    ])
  })

  test('a field that Clerk adds tomorrow changes nothing', async () => {
    await deliver(created(1, { new_field: { deep: [1, 2, 3] } }))
    expect(await state()).toMatchObject([{ version: 1 }])
  })
})

describe('dead letters', () => {
  test.each([
    ['an empty string', '""', 'not an event'],
    ['null', 'null', 'not an event'],
    ['a list', '[]', 'not an event'],
    ['a number', '1', 'not an event'],
    ['no JSON', '{', 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['an unknown type', event('session.created', {}), 'unknown type'],
    ['another instance', event('user.created', user(1), { instance_id: 'ins_Other' }), 'another instance'],
    ['no instance', event('user.created', user(1), { instance_id: undefined }), 'another instance'],
    ['a user without a version', event('user.created', user(1, { updated_at: undefined })), 'not a user'],
    ['a version that is text', event('user.created', user(1, { updated_at: '1' })), 'not a user'],
    ['a user who is none', event('user.updated', { id: 'org_1' }), 'not a user'],
    ['a deletion of nobody', event('user.deleted', { deleted: true }), 'not a deletion'],
    ['a deletion whose id has no end', deleted(`user_${'x'.repeat(9000)}`), 'not a deletion'],
    ['a user whose id has no end', created(1, { id: `user_${'x'.repeat(9000)}` }), 'not a user'],
    ['a deletion that says no', event('user.deleted', { id: ID, deleted: false }), 'not a deletion'],
  ])('%s is answered 200, kept with its reason, and does nothing', async (_name, body, reason) => {
    await deliver(created(1), { messageId: 'msg_before' })
    const answer = await expectUnchanged(() => deliver(body, { messageId: 'msg_dead' }))
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ outcome: 'dead-letter' })
    expect(await ledger()).toMatchObject([
      { message_id: 'msg_before' },
      { message_id: 'msg_dead', outcome: 'dead-letter', reason },
    ])
  })

  test('a dead letter that is of use when it comes again is one no more', async () => {
    const body = event('user.created', user(1), { instance_id: 'ins_Other' })
    await deliver(body, { messageId: 'msg_again' })
    await post(body, signed(body, { messageId: 'msg_again' }), { CLERK_INSTANCE_ID: 'ins_Other' })
    expect(await ledger()).toEqual([
      { message_id: 'msg_again', type: 'user.created', outcome: 'created', reason: null, attempts: 2 },
    ])
  })
})

describe('trouble', () => {
  test('a body over 256 KiB is a 413 while it streams', async () => {
    const big = created(1, { public_metadata: { padding: 'x'.repeat(257 * 1024) } })
    expectProblem(await expectUntouched(() => post(big, signed(big))), 413, 'payload_too_large')
    const chunk = new Uint8Array(64 * 1024)
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(chunk)
        sent += 1
      },
    })
    expectProblem(await expectUntouched(() => post(endless, signed(''))), 413, 'payload_too_large')
    expect(sent).toBeLessThan(20)
  })

  test('with the database down it is a 503, and the retry has its one effect', async () => {
    await arm('TEST_NEON', { act: { kind: 'reset' } })
    const body = created(1)
    expectProblem(
      await expectUnchanged(() => deliver(body, { messageId: 'msg_later' })),
      503,
      'database_unavailable',
    )
    expect(await ledger()).toEqual([])
    await resetStandIns()
    expect((await deliver(body, { messageId: 'msg_later' })).body).toEqual({ outcome: 'created' })
    expect(await ledger()).toMatchObject([{ message_id: 'msg_later', attempts: 1 }])
  })

  test('committed, but the answer lost: 503 at the worst, then 200 and nothing changes', async () => {
    await arm('TEST_NEON', { act: { kind: 'lose-answer' } })
    const body = created(1)
    expectProblem(await deliver(body, { messageId: 'msg_lost' }), 503, 'database_unavailable')
    expect(await state()).toMatchObject([{ version: 1 }])
    await resetStandIns()
    const answer = await expectUnchanged(() => deliver(body, { messageId: 'msg_lost' }))
    expect(answer.body).toEqual({ outcome: 'created' })
  })

  test('effect and ledger row are committed together or not at all', async () => {
    await sql(`alter table webhook_deliveries add constraint refused check (type <> 'user.updated')`)
    try {
      expect((await expectUnchanged(() => deliver(updated(1)))).status).toBe(500)
    } finally {
      await sql('alter table webhook_deliveries drop constraint refused')
    }
    expect(await state()).toEqual([])
  })

  test('nothing of the profile is in the ledger', async () => {
    await deliver(created(1))
    await deliver(deleted())
    expect(JSON.stringify(await sql('select * from webhook_deliveries'))).not.toMatch(/example\.com|"v1"/)
  })
})

async function atOnce(times: number, body: string, headers?: Record<string, string>): Promise<number[]> {
  const { default: worker } = await import('../../worker/index.ts')
  const { createExecutionContext } = await import('cloudflare:test')
  return Promise.all(
    Array.from({ length: times }, async () => {
      const request = new Request('https://app.example.com/api/webhooks/clerk', {
        method: 'POST',
        headers: headers ?? signed(body),
        body,
      })
      const response = await worker.fetch(request, env, createExecutionContext())
      await response.body?.cancel()
      return response.status
    }),
  )
}

test('the lag that is noted is the first arrival’s, and there is none where Clerk’s clock is ahead', async () => {
  const lag = async () => (await sql('select lag_ms from webhook_deliveries'))[0]?.lag_ms
  const body = updated(Date.now() + 60_000)
  await deliver(body, { messageId: 'msg_ahead' })
  expect(await lag()).toBe('0')
  await sql('update webhook_deliveries set lag_ms = 77')
  await deliver(body, { messageId: 'msg_ahead' })
  expect(await lag()).toBe('77')
})
