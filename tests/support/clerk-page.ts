/** A browser without a screen, in front of the Clerk stand-in: keeps its cookie and speaks as clerk-js does. */
import * as z from 'zod'

const wrapped = z.object({
  response: z.looseObject({
    id: z.string().optional(),
    status: z.string().optional(),
    created_session_id: z.string().nullish(),
  }),
  client: z.looseObject({ sessions: z.array(z.looseObject({ id: z.string() })) }).nullable(),
})

export class ClerkPage {
  cookie = ''
  sessionId = ''
  readonly #url: string
  readonly #origin: string

  constructor(url: string, origin = 'http://localhost:8787') {
    this.#url = url
    this.#origin = origin
  }

  /** clerk-js's way: GET or POST, the real verb in `_method`, a form, and the session in the query. */
  async send(verb: string, path: string, form: Record<string, string> = {}): Promise<Response> {
    const url = new URL(`/v1${path}`, this.#url)
    if (verb !== 'GET' && verb !== 'POST') url.searchParams.set('_method', verb)
    if (this.sessionId) url.searchParams.set('_clerk_session_id', this.sessionId)
    const answer = await fetch(url, {
      method: verb === 'GET' ? 'GET' : 'POST',
      headers: { origin: this.#origin, ...(this.cookie && { cookie: this.cookie }) },
      ...(verb !== 'GET' && { body: new URLSearchParams(form) }),
    })
    const [cookie] = answer.headers.getSetCookie()
    if (cookie) this.cookie = cookie.split(';')[0] ?? ''
    return answer
  }

  async ok(verb: string, path: string, form?: Record<string, string>) {
    const answer = await this.send(verb, path, form)
    if (!answer.ok) throw new Error(`${verb} ${path}: ${answer.status} ${await answer.text()}`)
    return wrapped.parse(await answer.json())
  }

  /** The status and Clerk's code of what is refused. */
  async refused(verb: string, path: string, form?: Record<string, string>) {
    const answer = await this.send(verb, path, form)
    const { errors } = z
      .object({ errors: z.array(z.object({ code: z.string() })) })
      .parse(await answer.json())
    return { status: answer.status, code: errors[0]?.code }
  }

  async signUp(email: string, password: string, names: Record<string, string> = {}): Promise<void> {
    const { response } = await this.ok('POST', '/client/sign_ups', {
      email_address: email,
      password,
      ...names,
    })
    const path = `/client/sign_ups/${response.id}`
    await this.ok('POST', `${path}/prepare_verification`, { strategy: 'email_code' })
    const done = await this.ok('POST', `${path}/attempt_verification`, {
      strategy: 'email_code',
      code: '424242',
    })
    this.sessionId = done.response.created_session_id ?? ''
  }

  async signIn(email: string, password: string): Promise<void> {
    const { response } = await this.ok('POST', '/client/sign_ins', { identifier: email, password })
    this.sessionId = response.created_session_id ?? ''
  }

  async token(): Promise<string> {
    const answer = await this.send('POST', `/client/sessions/${this.sessionId}/tokens`)
    return z.object({ jwt: z.string() }).parse(await answer.json()).jwt
  }
}
