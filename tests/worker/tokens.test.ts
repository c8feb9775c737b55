/** Session tokens: what is let in, and that everything else is turned away alike and without a look at the database. */
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FaultInput } from '../../dev/faults.ts'
import {
  arm,
  call,
  emptyDatabase,
  expectProblem,
  expectUnchanged,
  expectUntouched,
  newClerkUser,
  requestsTo,
  resetStandIns,
  sync,
} from './support.ts'
import {
  base64url,
  encode,
  HEADER,
  ISSUER,
  PARTY,
  sessionClaims,
  sign,
  signAsStranger,
  signHmac,
  signWith,
  tokenFor,
} from './tokens.ts'

let subject: string
const now = () => Math.floor(Date.now() / 1000)
const withToken = (token: string, bindings = {}) =>
  call('/api/user', { headers: { Authorization: `Bearer ${token}` }, bindings })

beforeAll(async () => {
  await emptyDatabase()
  subject = (await newClerkUser()).id
  await sync(subject)
})
beforeEach(resetStandIns)

async function expectRefused(answer: Promise<{ headers: Headers }> & ReturnType<typeof withToken>) {
  const refused = await answer
  expectProblem(refused, 401, 'unauthenticated')
  expect(refused.headers.get('WWW-Authenticate')).toBe('Bearer')
  // One wording for all: whoever probes learns nothing.
  expect(refused.body).toMatchObject({ title: 'Please sign in' })
  expect(refused.body).not.toHaveProperty('detail')
}

/** Everything here is signed by the right key, unless the row says otherwise. */
type Row = [name: string, token: () => string | Promise<string>]
const claims = (change: Record<string, unknown>) => () => tokenFor(subject, change)
const header = (change: Record<string, unknown>) => () =>
  sign({ ...HEADER, ...change }, sessionClaims(subject))
const rawClaims = (change: (json: string) => string) => () =>
  sign(HEADER, change(JSON.stringify(sessionClaims(subject, { exp: 'EXP' }))))

const refused: Record<string, Row[]> = {
  algorithms: [
    ['none', () => `${encode({ ...HEADER, alg: 'none' })}.${encode(sessionClaims(subject))}.`],
    ['none with a signature', header({ alg: 'none' })],
    ['nOnE', header({ alg: 'nOnE' })],
    [
      'HS256 keyed with our public key',
      () => signHmac({ ...HEADER, alg: 'HS256' }, sessionClaims(subject), env.CLERK_JWT_KEY),
    ],
    [
      'RS384',
      () => signWith('RSASSA-PKCS1-v1_5', 'SHA-384', { ...HEADER, alg: 'RS384' }, sessionClaims(subject)),
    ],
    [
      'RS512',
      () => signWith('RSASSA-PKCS1-v1_5', 'SHA-512', { ...HEADER, alg: 'RS512' }, sessionClaims(subject)),
    ],
    ['PS256', () => signWith('RSA-PSS', 'SHA-256', { ...HEADER, alg: 'PS256' }, sessionClaims(subject))],
    ['a stranger’s key', () => signAsStranger(HEADER, sessionClaims(subject))],
    [
      'a stranger’s key that the header names',
      () =>
        signAsStranger(
          { ...HEADER, jku: 'https://evil.example/jwks', x5u: 'https://evil.example' },
          sessionClaims(subject),
        ),
    ],
  ],
  'key ids': ['__proto__', 'constructor', '../../etc/passwd', "' or 1=1 --"].map(
    (kid): Row => [kid, () => signAsStranger({ ...HEADER, kid }, sessionClaims(subject))],
  ),
  'issuer and party': [
    ['a foreign issuer', claims({ iss: 'https://clerk.evil.example' })],
    ['no issuer', claims({ iss: undefined })],
    ['no party', claims({ azp: undefined })],
    ['a foreign party', claims({ azp: 'https://evil.example' })],
    ['a list of parties', claims({ azp: [PARTY] })],
    ['a party with a slash', claims({ azp: `${PARTY}/` })],
    ['an issuer with a slash', claims({ iss: `${ISSUER}/` })],
  ],
  times: [
    ['expired six seconds ago', () => tokenFor(subject, { exp: now() - 6 })],
    ['exp as a string', () => tokenFor(subject, { exp: String(now() + 60) })],
    ['no exp', claims({ exp: undefined })],
    ['exp in the year 9999', claims({ exp: 253402300799 })],
    ['exp of 1e999', rawClaims((json) => json.replace('"EXP"', '1e999'))],
    ['exp of NaN', rawClaims((json) => json.replace('"EXP"', 'null'))],
    ['nbf six seconds ahead', () => tokenFor(subject, { nbf: now() + 6 })],
    ['no nbf', claims({ nbf: undefined })],
    ['iat six seconds ahead', () => tokenFor(subject, { iat: now() + 6 })],
    ['no iat', claims({ iat: undefined })],
    ['iat long before exp', () => tokenFor(subject, { iat: now() - 86_400 })],
  ],
  'subjects and sessions': [
    ...['', 'org_1', 'mch_1', 'user_', 'user_a b', 'user_a\0', 'USER_A', 42, null].map(
      (sub): Row => [`sub ${JSON.stringify(sub)}`, claims({ sub })],
    ),
    ['no subject', claims({ sub: undefined })],
    ['no session', claims({ sid: undefined })],
    ['a session that is none', claims({ sid: 'mch_1' })],
    ['an unknown status', claims({ sts: 'revoked' })],
    ['an access token', header({ typ: 'at+jwt' })],
    ['no type', header({ typ: undefined })],
    ['a critical extension', header({ crit: ['exp'] })],
    ['a machine token', () => 'mt_2abcdefghijklmnop'],
    ['an API key', () => 'ak_2abcdefghijklmnop'],
  ],
  shapes: [
    ['a null header', () => sign('null', sessionClaims(subject))],
    ['a null header of three letters', () => 'bnVsbA.x.AAAA'],
    ['a list as header', () => sign('[]', sessionClaims(subject))],
    ['a null payload', () => sign(HEADER, 'null')],
    ['a list as payload', () => sign(HEADER, '[]')],
    ['a number as payload', () => sign(HEADER, '7')],
    ['a payload that is not JSON', () => sign(HEADER, '{')],
    ['two parts', async () => (await tokenFor(subject)).split('.').slice(0, 2).join('.')],
    ['four parts', async () => `${await tokenFor(subject)}.AAAA`],
    ['padding', async () => `${await tokenFor(subject)}==`],
    [
      'a signature of zeros',
      async () => (await tokenFor(subject)).replace(/[^.]+$/, base64url(new Uint8Array(256))),
    ],
    ['an empty signature', async () => (await tokenFor(subject)).replace(/[^.]+$/, '')],
    ['a changed claim', async () => changeClaim(await tokenFor(subject))],
    ['a megabyte', () => `${'A'.repeat(1_000_000)}.${'A'.repeat(10)}.AAAA`],
    ['three dots', () => '...'],
  ],
}

for (const [group, rows] of Object.entries(refused)) {
  describe(`refused: ${group}`, () => {
    test.each(rows)('%s', async (_name, token) => {
      const value = await token()
      await expectRefused(expectUntouched(() => withToken(value)))
      expect(await requestsTo('TEST_CLERK')).toEqual([])
    })
  })
}

describe('where the token is read', () => {
  test.each([
    ['no header', {}],
    ['Basic', { Authorization: 'Basic dXNlcjpwYXNz' }],
    ['an empty Bearer', { Authorization: 'Bearer ' }],
    ['Bearer alone', { Authorization: 'Bearer' }],
  ])('%s is refused', async (_name, headers) => {
    await expectRefused(expectUntouched(() => call('/api/user', { headers })))
  })

  test('a token in a cookie or in the query string is not looked at', async () => {
    const token = await tokenFor(subject)
    await expectRefused(
      expectUntouched(() => call('/api/user', { headers: { Cookie: `__session=${token}` } })),
    )
    await expectRefused(
      expectUntouched(() => call(`/api/user?token=${token}&__session=${token}&access_token=${token}`)),
    )
  })

  test('the scheme’s case does not matter', async () => {
    const headers = { Authorization: `bearer ${await tokenFor(subject)}` }
    expect((await call('/api/user', { headers })).status).toBe(200)
  })
})

describe('let in', () => {
  test.each([
    ['expired four seconds ago', () => tokenFor(subject, { exp: now() - 4, iat: now() - 64 })],
    ['issued and valid four seconds ahead', () => tokenFor(subject, { iat: now() + 4, nbf: now() + 4 })],
    [
      'a header that names keys, signed by ours',
      header({ jku: 'https://evil.example', jwk: { kty: 'RSA' }, x5u: 'x' }),
    ],
    ['the second authorized party', claims({ azp: 'http://localhost:8787' })],
    ['claims that Clerk may add tomorrow', claims({ new_claim: { deep: [1] }, o: { id: 'org_1' } })],
    ['an instance that is proxied', claims({ iss: `${PARTY}/__clerk` })],
    ['no status, as before version 2', claims({ sts: undefined, v: undefined })],
  ] satisfies Row[])('%s', async (_name, token) => {
    expect((await withToken(await token())).status).toBe(200)
    expect(await requestsTo('TEST_CLERK')).toEqual([])
  })

  test('a pending session is told to finish', async () => {
    const token = await tokenFor(subject, { sts: 'pending' })
    expectProblem(await expectUntouched(() => withToken(token)), 403, 'session_pending')
  })
})

describe('public keys from Clerk', () => {
  // Keys are cached by address, so every test asks at an address of its own: a path that the stand-in does not mind.
  const fromClerk = (CLERK_API_URL: string) => ({ CLERK_JWT_KEY: undefined, CLERK_API_URL })
  let kid: string

  beforeAll(async () => {
    const response = await fetch(`${env.TEST_CLERK}/v1/jwks`, {
      headers: { Authorization: `Bearer ${env.CLERK_SECRET_KEY}` },
    })
    const { keys }: { keys: { kid: string }[] } = await response.json()
    kid = keys[0]?.kid ?? ''
  })

  test('keys are fetched once, and unknown key ids at most once in 30 seconds', async () => {
    const bindings = fromClerk(env.TEST_CLERK)
    const good = await sign({ ...HEADER, kid }, sessionClaims(subject))
    const answers = await Promise.all(Array.from({ length: 20 }, () => outcome(good, bindings)))
    expect(new Set(answers)).toEqual(new Set([200]))
    expect(await requestsTo('TEST_CLERK')).toEqual(['GET /v1/jwks'])

    await resetStandIns()
    const strange = await Promise.all(
      Array.from({ length: 1000 }, async (_, n) =>
        outcome(await sign({ ...HEADER, kid: `kid_${n}` }, sessionClaims(subject)), bindings),
      ),
    )
    expect(new Set(strange)).toEqual(new Set([401]))
    expect((await requestsTo('TEST_CLERK')).length).toBeLessThanOrEqual(1)
    expect(await outcome(good, bindings)).toBe(200)
  })

  test('without keys and without Clerk the answer is 503, never 401', async () => {
    const good = await sign({ ...HEADER, kid }, sessionClaims(subject))
    const answer = await expectUnchanged(() => withToken(good, fromClerk('http://127.0.0.1:9')))
    expectProblem(answer, 503, 'clerk_unavailable')
    expect(answer.headers.get('Retry-After')).toBeTruthy()
  })

  // A path of its own for each case: keys, and failures to get them, are remembered by address.
  const troubles: [string, FaultInput['act']][] = [
    ['404', { kind: 'respond', status: 404, body: '{"errors":[{"code":"resource_not_found"}]}' }],
    ['429', { kind: 'respond', status: 429, headers: { 'retry-after': '60' }, body: '{}' }],
    ['500', { kind: 'respond', status: 500 }],
    ['HTML', { kind: 'respond', status: 200, body: '<html>' }],
    ['no keys', { kind: 'respond', status: 200, body: '{"keys":[]}' }],
    [
      'keys that are none',
      { kind: 'respond', status: 200, body: '{"keys":[{"kid":"x","kty":"RSA","n":"!","e":"AQAB"}]}' },
    ],
    ['a reset', { kind: 'reset' }],
    ['silence', { kind: 'hang' }],
  ]
  test.each(troubles)(
    'when Clerk’s answer is %s: 503, never 401, and not asked again at once',
    async (name, act) => {
      const path = `/${name.replaceAll(' ', '-')}`
      await arm('TEST_CLERK', { match: { path }, act })
      const good = await sign({ ...HEADER, kid }, sessionClaims(subject))
      for (let request = 0; request < 3; request += 1)
        expectProblem(await withToken(good, fromClerk(`${env.TEST_CLERK}${path}`)), 503, 'clerk_unavailable')
      expect(await requestsTo('TEST_CLERK')).toHaveLength(1)
    },
  )

  test('one odd key among the good ones costs nobody anything', async () => {
    const response = await fetch(`${env.TEST_CLERK}/v1/jwks`, {
      headers: { Authorization: `Bearer ${env.CLERK_SECRET_KEY}` },
    })
    const { keys }: { keys: unknown[] } = await response.json()
    const odd = [{ kid: 'ec', kty: 'EC' }, { kid: 'bad', kty: 'RSA', n: 'AQAB', e: 'AQAB' }, null, 'key']
    const body = JSON.stringify({ keys: [...odd, ...keys] })
    await arm('TEST_CLERK', { match: { path: '/odd' }, act: { kind: 'respond', status: 200, body } })
    const good = await sign({ ...HEADER, kid }, sessionClaims(subject))
    expect((await withToken(good, fromClerk(`${env.TEST_CLERK}/odd`))).status).toBe(200)
  })

  test.each(['__proto__', 'constructor', '../../etc/passwd', "' or 1=1 --"])(
    'the key id %s is just unknown',
    async (strange) => {
      const token = await sign({ ...HEADER, kid: strange }, sessionClaims(subject))
      await expectRefused(withToken(token, fromClerk(env.TEST_CLERK)))
    },
  )

  test('with CLERK_JWT_KEY the user gets in although Clerk is down', async () => {
    await arm('TEST_CLERK', { act: { kind: 'reset' } })
    expect((await withToken(await tokenFor(subject))).status).toBe(200)
    expect(await requestsTo('TEST_CLERK')).toEqual([])
  })

  async function outcome(token: string, bindings: Record<string, unknown>): Promise<number> {
    const { default: worker } = await import('../../worker/index.ts')
    const { createExecutionContext } = await import('cloudflare:test')
    const request = new Request('https://app.example.com/api/user', {
      headers: { Authorization: `Bearer ${token}` },
    })
    return (await worker.fetch(request, { ...env, ...bindings }, createExecutionContext())).status
  }
})

test('a token that is longer than any of Clerk’s is refused, however good', async () => {
  const long = (chars: number) => tokenFor(subject, { padding: 'x'.repeat(chars) })
  expect((await withToken(await long(4_000))).status).toBe(200)
  await expectRefused(withToken(await long(8_000)))
})

function changeClaim(token: string): string {
  const [head, , signature] = token.split('.')
  return `${head}.${encode(sessionClaims('user_Somebody'))}.${signature}`
}
