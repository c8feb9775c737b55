/**
 * Switches that make a stand-in misbehave the way networks and vendors do. A fault is armed over HTTP (`/_control/…`) or
 * in the same process, matches requests, and acts before or after the real handler.
 */
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono, type MiddlewareHandler } from 'hono'
import * as z from 'zod'

/** Of a stream of events, so many get out whole, each when it is there; absent: half the bytes of any answer. */
const events = z.number().int().nonnegative().optional()

const faultSchema = z.object({
  /** What it strikes; an absent part matches everything. `path` is a prefix, `query` and `body` are substrings. */
  match: z
    .object({ method: z.string(), path: z.string(), query: z.string(), body: z.string() })
    .partial()
    .default({}),
  /** How many requests it strikes before it is spent; absent: until cleared. */
  times: z.number().int().positive().optional(),
  act: z.discriminatedUnion('kind', [
    /** Waits, then answers as ever. */
    z.object({ kind: z.literal('delay'), ms: z.number().nonnegative() }),
    /** Waits until the faults are cleared, then answers as ever. */
    z.object({ kind: z.literal('hold') }),
    /** Answers this instead; nothing is executed. */
    z.object({
      kind: z.literal('respond'),
      status: z.number().int().min(200).max(599),
      body: z.string().default(''),
      headers: z.record(z.string(), z.string()).default({}),
    }),
    /** Takes the request and never answers; nothing is executed. */
    z.object({ kind: z.literal('hang') }),
    /** Drops the connection; nothing is executed. */
    z.object({ kind: z.literal('reset') }),
    /** Executes, then drops the connection without a byte of the answer. */
    z.object({ kind: z.literal('lose-answer') }),
    /** Executes, sends the head and a part of the body, then drops the connection. */
    z.object({ kind: z.literal('cut-answer'), events }),
    /** Executes, sends the head and a part of the body, and never the rest. */
    z.object({ kind: z.literal('stall-answer'), events }),
    /** Executes, and sends a part of the body as if it were whole. */
    z.object({ kind: z.literal('truncate-answer'), events }),
    /** The same with an event behind it whose JSON breaks off. */
    z.object({ kind: z.literal('garble-answer'), events: events.default(0) }),
  ]),
})

type Fault = z.infer<typeof faultSchema>
export type FaultInput = z.input<typeof faultSchema>
export type SeenRequest = {
  method: string
  path: string
  at: number
  /** These only where the stand-in keeps details; `body` is JSON where it can be. */
  headers?: Record<string, string>
  body?: unknown
  /** The client went away before the answer was out. */
  aborted?: boolean
}

type Options = {
  /** Whether the log of requests has headers, bodies and how they ended in it. */
  details?: boolean
  /** What else goes back to normal when the faults are cleared. */
  onClear?: () => void
}

type Armed = Fault & { struck: number; cleared: Promise<void>; clear: () => void }
type Bindings = { Bindings: HttpBindings }

const EVENT_END = '\n\n'
const BROKEN_EVENT = `data: {"id":"chatcmpl-broken","choices":[{"index":0,"delta":{"con${EVENT_END}`

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** One stand-in's faults and the log of the requests it has seen (control requests are not counted). */
export class Faults {
  #armed: Armed[] = []
  /** Answers whose connection was dropped here, not by the client. */
  readonly #dropped = new WeakSet<HttpBindings['outgoing']>()
  readonly #options: Options
  requests: SeenRequest[] = []

  constructor(options: Options = {}) {
    this.#options = options
  }

  arm(fault: FaultInput) {
    const { promise: cleared, resolve: clear } = Promise.withResolvers<void>()
    this.#armed.push({ ...faultSchema.parse(fault), struck: 0, cleared, clear })
  }

  /** Disarms everything; what is held goes on. */
  clear() {
    for (const fault of this.#armed) fault.clear()
    this.#armed = []
    this.#options.onClear?.()
  }

  #drop(outgoing: HttpBindings['outgoing']) {
    this.#dropped.add(outgoing)
    outgoing.socket?.resetAndDestroy()
  }

  async #note(request: Request, outgoing: HttpBindings['outgoing'], seen: SeenRequest) {
    this.requests.push(seen)
    if (!this.#options.details) return
    seen.headers = Object.fromEntries(request.headers)
    seen.aborted = false
    outgoing.once('close', () => {
      seen.aborted = !(outgoing.writableFinished || this.#dropped.has(outgoing))
    })
    seen.body = asJson(await request.clone().text())
  }

  #strike(method: string, path: string, query: string, body: string): Armed | undefined {
    const fault = this.#armed.find(
      ({ match, times, struck }) =>
        struck < (times ?? Number.POSITIVE_INFINITY) &&
        (match.method ?? method) === method &&
        path.startsWith(match.path ?? '') &&
        query.includes(match.query ?? '') &&
        body.includes(match.body ?? ''),
    )
    if (fault) fault.struck += 1
    return fault
  }

  /** Goes before every route of the stand-in. */
  get middleware(): MiddlewareHandler<Bindings> {
    return async (c, next) => {
      const { method, path } = c.req
      const { outgoing } = c.env
      await this.#note(c.req.raw, outgoing, { method, path, at: Date.now() })
      if (this.#armed.length === 0) return next()
      const fault = this.#strike(method, path, new URL(c.req.url).search, await c.req.raw.clone().text())
      if (!fault) return next()

      const { act } = fault
      switch (act.kind) {
        case 'delay':
          await sleep(act.ms)
          return next()
        case 'hold':
          await fault.cleared
          return next()
        case 'respond':
          return new Response(act.body, { status: act.status, headers: act.headers })
        case 'hang':
          await new Promise((resolve) => outgoing.once('close', resolve))
          return RESPONSE_ALREADY_SENT
        case 'reset':
          this.#drop(outgoing)
          return RESPONSE_ALREADY_SENT
      }

      await next()
      if (act.kind !== 'lose-answer') {
        if (act.events === undefined) await sendHalf(c.res, outgoing, act.kind === 'truncate-answer')
        else await sendEvents(c.res, outgoing, act.events)
      }
      if (act.kind === 'garble-answer') outgoing.write(BROKEN_EVENT)
      if (act.kind === 'truncate-answer' || act.kind === 'garble-answer') outgoing.end()
      if (act.kind === 'cut-answer') await sleep(20).then(() => this.#drop(outgoing))
      if (act.kind === 'lose-answer') this.#drop(outgoing)
      // Assigned in one step, it would inherit the headers of the answer that it replaces, and be sent again.
      c.res = undefined
      c.res = RESPONSE_ALREADY_SENT
    }
  }

  /**
   * The switches over HTTP, mounted at `/_control`. They ask for a JSON content type, which a foreign web page cannot
   * send without a preflight that nobody answers.
   */
  get control() {
    return new Hono()
      .use(async (c, next) => {
        // What came through the app's own origin is a page's doing.
        if (c.req.header('clerk-proxy-url')) return c.notFound()
        if (c.req.method !== 'GET' && !c.req.header('content-type')?.startsWith('application/json'))
          return c.json({ error: 'send application/json' }, 415)
        await next()
      })
      .get('/requests', (c) => c.json(this.requests))
      .delete('/requests', (c) => {
        this.requests = []
        return c.body(null, 204)
      })
      .post('/faults', async (c) => {
        const parsed = faultSchema.safeParse(await c.req.json().catch(() => undefined))
        if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 422)
        this.arm(parsed.data)
        return c.body(null, 204)
      })
      .delete('/faults', (c) => {
        this.clear()
        return c.body(null, 204)
      })
  }
}

/** @param asIfWhole The head promises what is sent, not what there was. */
async function sendHalf(answer: Response, outgoing: HttpBindings['outgoing'], asIfWhole: boolean) {
  const body = Buffer.from(await answer.arrayBuffer())
  const half = body.subarray(0, Math.floor(body.length / 2))
  outgoing.writeHead(answer.status, {
    ...Object.fromEntries(answer.headers),
    'content-length': String(asIfWhole ? half.length : body.length),
  })
  outgoing.write(half)
}

async function sendEvents(answer: Response, outgoing: HttpBindings['outgoing'], count: number) {
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
  outgoing.flushHeaders()
  const reader = answer.body?.getReader()
  // Whoever writes the events learns at once that nobody reads them any more.
  outgoing.once('close', () => reader?.cancel().catch(() => {}))
  const decoder = new TextDecoder()
  let [left, waiting] = [count, '']
  while (reader && left > 0) {
    const { done, value } = await reader.read()
    if (done) return
    const pieces = `${waiting}${decoder.decode(value, { stream: true })}`.split(EVENT_END)
    waiting = pieces.pop() ?? ''
    for (const event of pieces.slice(0, left)) outgoing.write(`${event}${EVENT_END}`)
    left -= pieces.length
  }
  await reader?.cancel()
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
