/**
 * The stand-in for the assistant's model: OpenAI's chat completions, streamed, without an account and without a model.
 * It sends no CORS headers and wants JSON, so no web page can use it.
 */
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { Faults } from '../faults.ts'
import { listen } from '../listen.ts'
import { ASSISTANT_KEY } from '../settings.ts'
import { modelControl } from './control.ts'
import { Model, type Pace, PLEASANT } from './model.ts'

export { AT_ONCE } from './model.ts'

type Options = {
  /** 0 takes any free port. */
  port: number
  /** At first, and again after every clearing of the switches. */
  pace?: Pace
}

export type AssistantStandIn = {
  /** What `AI_BASE_URL` is set to; the switches are at `/_control` of the same origin. */
  url: string
  port: number
  faults: Faults
  model: Model
  stop: () => Promise<void>
}

type App = { Bindings: HttpBindings }

const bodySchema = z.looseObject({ model: z.string().min(1) })

/** @throws the system's error when the port is taken, `EADDRINUSE` among them. */
export async function startAssistant({ port, pace = PLEASANT }: Options): Promise<AssistantStandIn> {
  const model = new Model(pace)
  const faults = new Faults({ details: true, onClear: () => model.reset() })
  const app = new Hono<App>()
    .route('/_control', faults.control)
    .route('/_control', modelControl(model))
    .use(faults.middleware)
    .post('/v1/chat/completions', (c) => answer(c, model))
    .all('*', (c) => refuse(c, 404, `Unknown request URL: ${c.req.method} ${c.req.path}`))
    .onError((error, c) => {
      // Whoever has gone away asks for no answer.
      if (!c.req.raw.signal.aborted) console.error('The AI stand-in failed:', error)
      return refuse(c, 500, 'The server had an error while processing your request')
    })

  await model.start()
  const listening = await listen(app, port).catch(async (error) => {
    await model.stop()
    throw error
  })
  const stop = async () => {
    faults.clear()
    await listening.stop()
    await model.stop()
  }
  return { url: `${listening.url}/v1`, port: listening.port, faults, model, stop }
}

/** A request without any key is served as well, as by a model on one's own machine. */
async function answer(c: Context<App>, model: Model): Promise<Response> {
  const authorization = c.req.header('Authorization')
  if (authorization !== undefined && authorization !== `Bearer ${ASSISTANT_KEY}`)
    return refuse(c, 401, 'Incorrect API key provided', 'invalid_api_key')
  if (!c.req.header('Content-Type')?.startsWith('application/json'))
    return refuse(c, 400, 'The content type must be application/json')
  const body = bodySchema.safeParse(await c.req.json().catch(() => undefined))
  if (!body.success) return refuse(c, 400, 'You must provide a model parameter')
  return model.answer(body.data, c.req.raw.signal)
}

/** In OpenAI's shape. */
const refuse = (
  c: Context<App>,
  status: 400 | 401 | 404 | 500,
  message: string,
  code: string | null = null,
) =>
  c.json(
    {
      error: { message, type: status === 500 ? 'server_error' : 'invalid_request_error', param: null, code },
    },
    status,
  )
