/** HTTP itself: paths, methods, bodies, headers. */
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  arm,
  call,
  callAs,
  emptyDatabase,
  expectProblem,
  expectUntouched,
  newClerkUser,
  resetStandIns,
  sync,
} from './support.ts'

let subject: string
beforeAll(async () => {
  await emptyDatabase()
  subject = (await newClerkUser()).id
  await sync(subject)
})
beforeEach(resetStandIns)

const JSON_TYPE = { 'Content-Type': 'application/json' }
const post = (body: BodyInit, headers: Record<string, string> = JSON_TYPE) =>
  callAs(subject, '/api/user/sync', { method: 'POST', body, headers })

describe('paths', () => {
  test('an unknown API path is a 404 in JSON, even to a browser that navigates', async () => {
    const answer = await expectUntouched(() =>
      call('/api/nope', { headers: { 'Sec-Fetch-Mode': 'navigate', Accept: 'text/html' } }),
    )
    expectProblem(answer, 404, 'not_found')
  })

  test.each(['/api', '/api/', '/api/user/', '/api//user', '/api/user/sync/x', '/api/healthz'])(
    '%s is a 404',
    async (path) => {
      const answer = await expectUntouched(() => callAs(subject, path))
      expectProblem(answer, 404, 'not_found')
    },
  )

  test('any other path is the page, with this deployment’s public settings', async () => {
    for (const path of ['/', '/account', '/admin', '/sign-in/factor-one?q=1']) {
      const answer = await call(path)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('Content-Type')).toBe('text/html; charset=utf-8')
      expect(answer.text).toContain(`name="clerk-publishable-key" content="${env.CLERK_PUBLISHABLE_KEY}"`)
      expect(answer.text).toContain('name="clerk-proxy-url" content="/__clerk"')
      expect(answer.text).not.toContain(env.CLERK_SECRET_KEY)
    }
  })

  test.each(['/nope', '/accounts', '/%2e%2e/%2e%2e/etc/passwd', '/api/%2e%2e/user'])(
    '%s is an unknown place: the page, with status 404',
    async (path) => {
      const answer = await expectUntouched(() => call(`https://app.example.com${path}`))
      expect(answer.status).toBe(404)
      expect(answer.text).toContain('<div id="root">')
    },
  )

  test('without a proxy the page allows Clerk’s own host, and names no proxy', async () => {
    const answer = await call('/', { bindings: { CLERK_FAPI_URL: undefined } })
    expect(answer.text).toContain('name="clerk-proxy-url" content=""')
    const policy = answer.headers.get('Content-Security-Policy') ?? ''
    expect(policy).toContain("script-src 'self' https://clerk.standin.localhost")
    expect(policy).toContain("connect-src 'self' https://clerk.standin.localhost")
    expect(policy).not.toMatch(/script-src[^;]*unsafe/)
  })

  test('the page’s scripts are served as files that never change', async () => {
    const { text } = await call('/')
    const [script] = /\/assets\/[\w.-]+\.js/.exec(text) ?? []
    const response = await env.ASSETS.fetch(new Request(`https://app.example.com${script}`))
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toContain('javascript')
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/)
    await response.body?.cancel()
  })

  test.each([
    '/.git/config',
    '/.dev.vars',
    '/.env',
    '/%2egit/config',
    '/a/../.git/config',
    '/assets/index.js.map',
    '/index.js.map',
    '/wrangler.toml',
    '/package.json',
    '/favicon.php',
    '//evil.example/',
  ])('%s is a 404, and no redirect', async (path) => {
    const answer = await expectUntouched(() => call(`https://app.example.com${path}`, { redirect: 'manual' }))
    expectProblem(answer, 404, 'not_found')
    expect(answer.headers.get('Location')).toBeNull()
  })

  test('a page that cannot be configured still opens, and the API says 503 without naming a value', async () => {
    const bindings = { CLERK_PUBLISHABLE_KEY: 'pk_test_nonsense' }
    const page = await call('/', { bindings })
    expect(page.status).toBe(200)
    expect(page.text).toContain('name="clerk-publishable-key" content=""')
    const api = await call('/api/health', { bindings })
    expectProblem(api, 503, 'misconfigured')
    expect(api.logs[0]).toMatchObject({ variables: ['CLERK_PUBLISHABLE_KEY'] })
    expect(JSON.stringify(api.logs)).not.toContain('nonsense')
  })

  test.each([
    ['CLERK_SECRET_KEY', undefined],
    ['CLERK_SECRET_KEY', ''],
    ['CLERK_JWT_KEY', 'not a key'],
    ['CLERK_AUTHORIZED_PARTIES', ''],
    ['CLERK_AUTHORIZED_PARTIES', 'https://app.example.com/'],
    ['CLERK_AUTHORIZED_PARTIES', 'app.example.com'],
    ['DATABASE_URL', undefined],
    ['DATABASE_URL', 'mysql://a:b@c/d'],
    ['DATABASE_URL', 'postgres://neon:sw0rdfish@'],
    ['QUOTA_FREE', '-1'],
    ['QUOTA_FREE', 'ten'],
    ['QUOTA_FREE', '0x10'],
    ['QUOTA_TIME_ZONE', 'Mars/Olympus'],
    ['QUOTA_TIME_ZONE', '+05:30'],
    ['CLERK_FAPI_URL', 'https://user:pass@clerk.example'],
    ['CLERK_API_URL', 'https://api.clerk.example/?x=1'],
  ])('%s set to %j answers 503 and names the variable in the log', async (variable, value) => {
    const answer = await expectUntouched(() =>
      callAs(subject, '/api/user', { bindings: { [variable]: value } }),
    )
    expectProblem(answer, 503, 'misconfigured')
    expect(answer.logs[0]).toMatchObject({ variables: [variable] })
    expect(answer.text).not.toContain(variable)
    const { requestId: _, ...said } = answer.logs[0] ?? {}
    if (value) expect(JSON.stringify(said)).not.toContain(value)
  })
})

describe('methods', () => {
  const CONVERSATION = '0b0e3cbe-7d6a-4b7c-9a51-3f4a7d1a2b3c'
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
  const routes: [path: string, allowed: string[]][] = [
    ['/api/health', ['GET', 'HEAD']],
    ['/api/user', ['GET', 'HEAD']],
    ['/api/user/sync', ['POST']],
    ['/api/webhooks/clerk', ['POST']],
    ['/api/admin/reconcile', ['POST']],
    ['/api/admin/sync', ['GET', 'HEAD']],
    ['/api/admin/users', ['GET', 'HEAD']],
    ['/api/admin/users/user_2abc', ['PATCH']],
    ['/api/admin/analytics', ['GET', 'HEAD']],
    ['/api/user/usage', ['GET', 'HEAD']],
    ['/api/conversations', ['GET', 'HEAD', 'POST']],
    [`/api/conversations/${CONVERSATION}`, ['GET', 'HEAD', 'PATCH', 'DELETE']],
    [`/api/conversations/${CONVERSATION}/messages`, ['GET', 'HEAD', 'POST']],
    ['/', ['GET', 'HEAD']],
    ['/account', ['GET', 'HEAD']],
  ]
  const others = routes.flatMap(([path, allowed]) =>
    METHODS.filter((method) => !allowed.includes(method)).map(
      (method) => [method, path, allowed.join(', ')] as const,
    ),
  )
  test.each(others)('%s %s is a 405 that allows %s', async (method, path, allow) => {
    const answer = await expectUntouched(() => callAs(subject, path, { method }))
    expectProblem(answer, 405, 'method_not_allowed')
    expect(answer.headers.get('Allow')).toBe(allow)
  })

  test('HEAD answers like GET without a body', async () => {
    const answer = await call('/api/health', { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(answer.text).toBe('')
  })
})

describe('bodies', () => {
  test.each([
    ['none', undefined],
    ['text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['multipart', 'multipart/form-data; boundary=x'],
    ['UTF-16', 'application/json; charset=utf-16'],
    ['a look-alike', 'application/jsonx'],
    ['two', 'text/plain, application/json'],
  ])('content type %s is a 415', async (_name, type) => {
    const body = new TextEncoder().encode(JSON.stringify({ userId: subject }))
    expectProblem(
      await expectUntouched(() => post(body, type ? { 'Content-Type': type } : {})),
      415,
      'unsupported_media_type',
    )
  })

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'content type %s is read',
    async (type) => {
      expect((await post(JSON.stringify({ userId: subject }), { 'Content-Type': type })).status).toBe(200)
    },
  )

  test.each([
    ['empty', ''],
    ['a lone brace', '{'],
    ['single quotes', "{'userId':1}"],
    ['a trailing comma', '{"userId":"x",}'],
    ['a comment', '{}//'],
    ['NaN', '{"updatedAt":NaN}'],
    ['two values', '{}{}'],
    ['a byte order mark', '\ufeff{}'],
    ['500 levels', `${'['.repeat(500)}${']'.repeat(500)}`],
    ['500 levels in a field', `{"userId":"x","a":${'['.repeat(500)}${']'.repeat(500)}}`],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['UTF-16 bytes', new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
  ])('%s is a 400', async (_name, body) => {
    expectProblem(await expectUntouched(() => post(body)), 400, 'bad_request')
  })

  test.each([
    ['no body', null, {}, 415, 'unsupported_media_type'],
    ['an empty body', '', JSON_TYPE, 400, 'bad_request'],
  ])(
    '%s is as good as {} where nothing is asked for, and nowhere else',
    async (_name, body, headers, status, code) => {
      const nothing = { method: 'POST', body, headers }
      expect(await callAs(subject, '/api/conversations', nothing)).toMatchObject({ status: 201 })
      expectProblem(await expectUntouched(() => callAs(subject, '/api/user/sync', nothing)), status, code)
    },
  )

  test.each([
    ['without its type', '{}', {}, 415, 'unsupported_media_type'],
    ['of another type', '{}', { 'Content-Type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['of blanks', ' ', JSON_TYPE, 400, 'bad_request'],
    ['over 64 KiB without its type', 'x'.repeat(65 * 1024), {}, 413, 'payload_too_large'],
  ])('a body %s is refused also where nothing is asked for', async (_name, body, headers, status, code) => {
    const post = { method: 'POST', body: new TextEncoder().encode(body), headers }
    expectProblem(await expectUntouched(() => callAs(subject, '/api/conversations', post)), status, code)
  })

  test.each([
    ['/api/user/sync', {}, 'userId', 'is missing'],
    ['/api/user/sync', { userId: 1 }, 'userId', 'is no string'],
    ['/api/user/sync', { userId: 'x'.repeat(256) }, 'userId', 'is longer than 255 characters'],
    ['/api/conversations', [], '', 'is no object'],
    ['/api/conversations', { title: 'x'.repeat(201) }, 'title', 'is longer than 200 characters'],
    ['/api/conversations', { title: ' ' }, 'title', 'is empty'],
    ['/api/conversations', { id: 'x' }, 'id', 'is not a UUID'],
  ])('%s refuses %j by saying what is wrong', async (path, json, field, message) => {
    const answer = await expectUntouched(() => callAs(subject, path, { json }))
    expectProblem(answer, 422, 'invalid')
    expect(answer.body).toMatchObject({ errors: [{ path: field, message }] })
  })

  test.each([
    ['/api/user/usage?days=366', 'days', 'is not between 1 and 365'],
    ['/api/conversations?limit=101', 'limit', 'is not between 1 and 100'],
    ['/api/conversations?limit=-1', 'limit', 'is not between 1 and 100'],
    [`/api/conversations?limit=${'9'.repeat(99)}`, 'limit', 'is not between 1 and 100'],
    ['/api/conversations?limit=1.5', 'limit', 'is not a whole number'],
    ['/api/conversations?limit=1&limit=2', 'limit', 'is no string'],
  ])('%s is refused by saying what is wrong', async (path, field, message) => {
    const answer = await expectUntouched(() => callAs(subject, path))
    expectProblem(answer, 422, 'invalid')
    expect(answer.body).toMatchObject({ errors: [{ path: field, message }] })
  })

  test.each([
    ['null', null, ''],
    ['a list', [], ''],
    ['a number', 1, ''],
    ['no user', {}, 'userId'],
    ['a user who is a number', { userId: 1 }, 'userId'],
    ['an empty user', { userId: '' }, 'userId'],
    ['an address that is a list', { email: [] }, 'email'],
    ['a date that is none', { updatedAt: 'yesterday' }, 'updatedAt'],
    ['a date that is no number', { updatedAt: 1.5 }, 'updatedAt'],
    ['a NUL', { firstName: 'a\0b' }, 'firstName'],
    ['a lone surrogate', { lastName: '\ud800' }, 'lastName'],
    ['a name of 10,000 characters', { firstName: 'x'.repeat(10_000) }, 'firstName'],
  ])('%s is a 422 that names the field', async (_name, change, path) => {
    const json =
      Array.isArray(change) || typeof change !== 'object' || change === null
        ? change
        : 'userId' in change || path === 'userId'
          ? change
          : { userId: subject, ...change }
    const answer = await expectUntouched(() => callAs(subject, '/api/user/sync', { json }))
    expectProblem(answer, 422, 'invalid')
    expect(answer.body).toMatchObject({ errors: [{ path, message: expect.stringMatching(/\w/) }] })
  })

  test('a body over 64 KiB is a 413, with and without its length announced', async () => {
    const big = JSON.stringify({ userId: subject, padding: 'x'.repeat(65 * 1024) })
    expectProblem(await expectUntouched(() => post(big)), 413, 'payload_too_large')
    const chunks = new TextEncoder().encode(big)
    let sent = 0
    const stream = new ReadableStream({
      pull(controller) {
        // Endless: whoever waits for its end waits for ever.
        controller.enqueue(chunks)
        sent += 1
      },
    })
    expectProblem(await expectUntouched(() => post(stream)), 413, 'payload_too_large')
    expect(sent).toBeLessThan(10)
  })

  test('a length that lies does not help', async () => {
    const small = JSON.stringify({ userId: subject })
    expectProblem(await post(small, { ...JSON_TYPE, 'Content-Length': '10000000' }), 413, 'payload_too_large')
    const big = JSON.stringify({ userId: subject, padding: 'x'.repeat(65 * 1024) })
    expectProblem(await post(big, { ...JSON_TYPE, 'Content-Length': '20' }), 413, 'payload_too_large')
  })

  test('a body that breaks off is a 400, not a fault of ours', async () => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"userId":'))
        controller.error(new Error('gone'))
      },
    })
    expectProblem(await expectUntouched(() => post(stream)), 400, 'bad_request')
  })

  test('64 KiB exactly are read', async () => {
    const body = JSON.stringify({ userId: subject, padding: '' })
    const full = body.replace('""', `"${'x'.repeat(64 * 1024 - body.length)}"`)
    expect(new TextEncoder().encode(full)).toHaveLength(64 * 1024)
    expect((await post(full)).status).toBe(200)
  })
})

describe('headers', () => {
  test.each([
    'https://evil.example',
    'null',
    'https://app.example.com.evil.example',
    'https://app.example.com',
  ])('origin %s gets no CORS headers, nor an answer to its preflight', async (origin) => {
    const headers = {
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization',
    }
    const preflight = await expectUntouched(() => call('/api/user/sync', { method: 'OPTIONS', headers }))
    expect(preflight.status).toBe(405)
    const actual = await callAs(subject, '/api/user', { headers: { Origin: origin } })
    for (const answer of [preflight, actual])
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('who one is cannot be claimed in a header', async () => {
    const other = (await newClerkUser()).id
    const headers = {
      'X-User-Id': other,
      'X-Clerk-User-Id': other,
      'X-Forwarded-For': '1.2.3.4',
      'X-Forwarded-Host': 'evil.example',
      'X-Request-Id': 'mine',
      'X-HTTP-Method-Override': 'DELETE',
    }
    const answer = await callAs(subject, '/api/user', { headers })
    expect(answer.body).toMatchObject({ user: { id: subject } })
    expect(answer.headers.get('X-Request-Id')).not.toBe('mine')
    expectProblem(await call('/api/user', { headers }), 401, 'unauthenticated')
  })

  test('what an API answers is not stored', async () => {
    for (const answer of [
      await callAs(subject, '/api/user'),
      await call('/api/user'),
      await call('/api/health'),
    ])
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
  })

  test('line breaks in a path inject no header', async () => {
    const answer = await call('/api/%0d%0aSet-Cookie:%20a=b')
    expectProblem(answer, 404, 'not_found')
    expect(answer.headers.get('Set-Cookie')).toBeNull()
  })
})

describe('/__clerk', () => {
  test('is Clerk’s Frontend API', async () => {
    const answer = await call('/__clerk/v1/client')
    expect(answer.status).toBe(200)
    expect(answer.body).toHaveProperty('response')
  })

  test('is a 404 where no Frontend API is configured', async () => {
    const answer = await call('/__clerk/v1/client', { bindings: { CLERK_FAPI_URL: undefined } })
    expectProblem(answer, 404, 'not_found')
  })

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s is a 405: clerk-js puts its verb into the query',
    async (method) => {
      const answer = await call('/__clerk/v1/client', { method })
      expectProblem(answer, 405, 'method_not_allowed')
      expect(answer.headers.get('Allow')).toBe('GET, HEAD, POST')
    },
  )

  test('what Clerk says of caching holds, what it says of other origins and frames does not', async () => {
    const headers = {
      'access-control-allow-origin': 'https://evil.example',
      'access-control-allow-credentials': 'true',
      'content-security-policy': 'default-src *',
      'x-frame-options': 'ALLOWALL',
      'cache-control': 'public, max-age=60',
      'set-cookie': 'a=b; HttpOnly',
    }
    await arm('TEST_CLERK', { match: { path: '/v1/client' }, act: { kind: 'respond', status: 200, headers } })
    const answer = await call('/__clerk/v1/client')
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull()
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    expect(answer.headers.get('X-Frame-Options')).toBe('DENY')
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=60')
    expect(answer.headers.get('Set-Cookie')).toBe('a=b; HttpOnly')
  })

  test('a path that only decodes to it is none of Clerk’s', async () => {
    expectProblem(await call('/%5F_clerk/v1/client'), 404, 'not_found')
  })

  test('the stand-in’s switches cannot be reached through it', async () => {
    expect((await call('/__clerk/_control/requests')).status).toBe(404)
  })

  test('says 503 when Clerk takes too long', async () => {
    await arm('TEST_CLERK', { match: { path: '/v1/client' }, act: { kind: 'hang' } })
    expectProblem(await call('/__clerk/v1/client'), 503, 'clerk_unavailable')
  })

  test('says 503 when Clerk does not answer', async () => {
    const answer = await call('/__clerk/v1/client', { bindings: { CLERK_FAPI_URL: 'http://127.0.0.1:9' } })
    expectProblem(answer, 503, 'clerk_unavailable')
  })
})

describe('health', () => {
  test('is 200 with the database’s latency', async () => {
    const answer = await call('/api/health')
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ status: 'ok', database: { ok: true, latencyMs: expect.any(Number) } })
  })
})
