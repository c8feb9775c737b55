/** RFC 9457 problems as the API sends them, and the ones that arise on this side of the wire. */
import { count, isRecord, text } from './json.ts'

export interface Problem {
  title: string
  /** The HTTP status; 0 when no answer came. */
  status: number
  code: string
  detail?: string
  /** What support asks for; null when the request never reached the server. */
  requestId: string | null
  errors?: { path: string; message: string }[]
  /** For how long the server asks to be left alone, in the language of the header of that name. */
  retryAfter?: string
}

/** Reads a failed answer. One that is no problem document (a proxy's page, a cut connection) becomes a local one. */
export async function readProblem(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null)
  return parseProblem(body, response) ?? badAnswer(response)
}

/** @param response what carried it; a problem inside a stream has a status of its own */
export function parseProblem(body: unknown, response: Response): Problem | null {
  if (!isRecord(body)) return null
  const title = text(body.title)
  const code = text(body.code)
  if (title === null || code === null) return null
  const detail = text(body.detail)
  return {
    title,
    code,
    status: response.ok ? (count(body.status) ?? response.status) : response.status,
    requestId: text(body.requestId) ?? response.headers.get('X-Request-Id'),
    ...(detail !== null && { detail }),
    ...(Array.isArray(body.errors) && { errors: body.errors.flatMap(parseFieldError) }),
    ...retryAfter(response),
  }
}

function parseFieldError(value: unknown): { path: string; message: string }[] {
  if (!isRecord(value)) return []
  const message = text(value.message)
  return message === null ? [] : [{ path: text(value.path) ?? '', message }]
}

/** Something answered, but not in the API's language. */
export function badAnswer(response: Response): Problem {
  return {
    title: 'SwarAI gave an answer that this page cannot read',
    status: response.status,
    code: 'bad_answer',
    detail: 'This is usually a network in between, or a new version being rolled out.',
    requestId: response.headers.get('X-Request-Id'),
    ...retryAfter(response),
  }
}

function retryAfter({ headers }: Response) {
  const header = headers.get('Retry-After')
  return header !== null && { retryAfter: header }
}

export const UNREACHABLE: Problem = {
  title: 'SwarAI could not be reached',
  status: 0,
  code: 'network',
  detail: 'Check your connection. Nothing is lost: this page keeps trying.',
  requestId: null,
}

export const TIMED_OUT: Problem = {
  title: 'SwarAI took too long to answer',
  status: 0,
  code: 'timeout',
  detail: 'Nothing is lost: this page keeps trying.',
  requestId: null,
}

export const NO_TOKEN: Problem = {
  title: 'Your session has ended',
  status: 401,
  code: 'unauthenticated',
  detail: 'Sign out and in again to go on.',
  requestId: null,
}
