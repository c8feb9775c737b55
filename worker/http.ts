/** What every route shares: request ids, security headers, JSON bodies, and errors as problem+json (RFC 9457). */
import type { Context, MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import * as z from 'zod/mini'
import { type Bindings, type Config, readConfig } from './env.ts'
import { Problem } from './errors.ts'
import { describeError, logRequest } from './log.ts'

export type AppEnv = {
  Bindings: Bindings
  Variables: {
    requestId: string
    config: Config
    /** Facts for this request's log line; free of personal data. */
    facts: Record<string, unknown>
    /** What goes on after the answer's head. The log line waits for its end. */
    tasks: Promise<void>[]
  }
}

/** No message that a person types comes near it, and a Worker parses it in a millisecond. */
const MAX_BODY_BYTES = 64 * 1024

/** A body that does not arrive within it holds a request open for nothing. */
const BODY_DEADLINE_MS = 10_000

/** Deeper than anything we read; stops a body made to exhaust a recursive reader. */
const MAX_JSON_DEPTH = 32

const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Strict-Transport-Security': 'max-age=63072000',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'strict-origin-when-cross-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Cross-Origin-Opener-Policy': 'same-origin-allow-popups',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** Goes around everything: names the request, sets the security headers, writes the log line. */
export const requestContext = createMiddleware<AppEnv>(async (c, next) => {
  const started = performance.now()
  const requestId = crypto.randomUUID()
  c.set('requestId', requestId)
  c.set('facts', {})
  c.set('tasks', [])
  // Once its reader has left, a request goes on for as long as something is promised here, and not a step further.
  const { promise: logged, resolve } = Promise.withResolvers<void>()
  c.executionCtx.waitUntil(logged)
  await next()
  c.header('X-Request-Id', requestId)
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (!c.res.headers.has(name)) c.header(name, value)
  }
  const { status } = c.res
  const durationMs = Math.round(performance.now() - started)
  const log = () => {
    logRequest({
      requestId,
      method: c.req.method,
      route: routePath(c),
      status,
      durationMs,
      ...c.get('facts'),
    })
    resolve()
  }
  const tasks = c.get('tasks')
  if (tasks.length > 0) void Promise.allSettled(tasks).then(log)
  else log()
})

/** @throws {Problem} `misconfigured`. */
export const withConfig = createMiddleware<AppEnv>(async (c, next) => {
  c.set('config', readConfig(c.env))
  await next()
})

/** What an API answers is about one user at one moment. */
export const noStore = createMiddleware<AppEnv>(async (c, next) => {
  await next()
  c.header('Cache-Control', 'no-store')
})

/** The one mapping from errors to answers. */
export function problemResponse(error: unknown, c: Context<AppEnv>): Response {
  const { problem, body } = tellProblem(error, c)
  return new Response(JSON.stringify(body), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...problem.headers },
  })
}

/** What the client is told of an error, and the log. Whatever is not a {@link Problem} is a bug of ours. */
export function tellProblem<Env extends AppEnv>(error: unknown, c: Context<Env>) {
  const problem = error instanceof Problem ? error : new Problem('internal', { cause: error })
  Object.assign(c.get('facts'), {
    ...problem.facts,
    code: problem.code,
    ...(problem.cause !== undefined && { cause: describeError(problem.cause) }),
  })
  const body = {
    title: problem.title,
    status: problem.status,
    code: problem.code,
    ...(problem.detail && { detail: problem.detail }),
    requestId: c.get('requestId'),
    ...(problem.errors && { errors: problem.errors }),
  }
  return { problem, body }
}

/**
 * Parses the request's body by a schema and hands it on as `c.req.valid('json')`. Where nothing is asked for, none is as good
 * as `{}`.
 * @throws {Problem} `unsupported_media_type`, `payload_too_large`, `bad_request` (not JSON), `invalid` (not the schema).
 */
export function jsonBody<S extends z.core.$ZodType<object>>(
  schema: S,
): MiddlewareHandler<AppEnv, string, { in: { json: z.input<S> }; out: { json: z.output<S> } }> {
  const takesNone = z.safeParse(schema, {}).success
  return async (c, next) => {
    const type = c.req.header('Content-Type')
    const isJson = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type ?? '')
    const isUntyped = takesNone && type === undefined
    if (!isJson && !isUntyped) throw new Problem('unsupported_media_type')
    const bytes = await readBody(c.req.raw, MAX_BODY_BYTES)
    const isNone = takesNone && bytes.length === 0
    if (isUntyped && !isNone) throw new Problem('unsupported_media_type')
    c.req.addValidatedData('json', parse(schema, isNone ? {} : parseJson(bytes)))
    await next()
  }
}

/**
 * Parses the query string by a schema and hands it on as `c.req.valid('query')`. A name that is given twice is an array, so
 * that no schema of single values takes one of them for the only one.
 * @throws {Problem} `invalid`.
 */
export function queryOf<S extends z.core.$ZodType<object>>(
  schema: S,
): MiddlewareHandler<AppEnv, string, { in: { query: z.input<S> }; out: { query: z.output<S> } }> {
  return async (c, next) => {
    const entries = Object.entries(c.req.queries()).map(([name, [first, ...more]]) => [
      name,
      more.length > 0 ? [first, ...more] : first,
    ])
    c.req.addValidatedData('query', parse(schema, Object.fromEntries(entries)))
    await next()
  }
}

/** What is wrong, where its schema has no words of its own. */
const error: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined) return 'is missing'
  if (issue.code === 'too_big') return `is longer than ${issue.maximum} characters`
  if (issue.code === 'invalid_value') return `is none of ${issue.values.join(', ')}`
  return issue.code === 'invalid_type' ? `is no ${issue.expected}` : 'is not valid'
}

/** @throws {Problem} `invalid`. */
function parse<S extends z.core.$ZodType<object>>(schema: S, value: unknown): z.output<S> {
  const result = z.safeParse(schema, value, { error })
  if (result.success) return result.data
  const errors = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new Problem('invalid', { errors })
}

/**
 * The body's bytes. It stops reading at the limit, whatever `Content-Length` claims.
 * @throws {Problem} `payload_too_large`; `bad_request` when the body breaks off or does not come.
 */
export async function readBody(request: Request, limitBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get('Content-Length') ?? 0) > limitBytes) throw new Problem('payload_too_large')
  const chunks: Uint8Array[] = []
  let size = 0
  const deadline = { signal: AbortSignal.timeout(BODY_DEADLINE_MS) }
  try {
    for await (const chunk of request.body?.pipeThrough(new IdentityTransformStream(), deadline) ?? []) {
      size += chunk.byteLength
      if (size > limitBytes) throw new Problem('payload_too_large')
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof Problem) throw cause
    throw new Problem('bad_request', { cause, detail: 'The body did not arrive whole.' })
  }
  return new Blob(chunks).bytes()
}

function parseJson(bytes: Uint8Array): unknown {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new Problem('bad_request', { cause, detail: 'The body is not JSON.' })
  }
  if (isDeeper(value, MAX_JSON_DEPTH))
    throw new Problem('bad_request', { detail: 'The body is nested too deeply.' })
  return value
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

/**
 * A string that PostgreSQL can hold: no NUL, no lone surrogate.
 * @see https://www.postgresql.org/docs/current/datatype-character.html
 */
export const text = (maxLength: number) =>
  z.string().check(
    z.maxLength(maxLength),
    z.refine(
      (value) => value.isWellFormed() && !value.includes('\0'),
      'holds characters that cannot be stored',
    ),
  )

/** A whole number in a query string. */
export const wholeNumber = (least: number, most: number) =>
  z.pipe(
    z.string().check(z.regex(/^-?\d{1,99}$/, 'is not a whole number')),
    z.pipe(
      z.transform(Number),
      z
        .number()
        .check(z.refine((value) => value >= least && value <= most, `is not between ${least} and ${most}`)),
    ),
  )
