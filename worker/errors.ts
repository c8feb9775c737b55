/** Every error that leaves the Worker: one table, one class. */

/** The words for people. They never say which check failed; the log does. */
const PROBLEMS = {
  bad_request: [400, 'The request could not be read'],
  unauthenticated: [401, 'Please sign in'],
  user_deleted: [401, 'This account has been deleted'],
  session_pending: [403, 'Please finish signing in'],
  user_mismatch: [403, 'The request is about another user'],
  user_banned: [403, 'This account has been suspended'],
  forbidden: [403, 'Not allowed'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  conflict: [409, 'What is already stored does not allow this'],
  payload_too_large: [413, 'The request is too large'],
  unsupported_media_type: [415, 'Please send JSON'],
  invalid: [422, 'Some of what was sent is not valid'],
  quota_exceeded: [429, 'No messages are left for today'],
  internal: [500, 'Something went wrong on our side'],
  database_unavailable: [503, 'The database cannot be reached just now'],
  clerk_unavailable: [503, 'The sign-in service cannot be reached just now'],
  assistant_unavailable: [503, 'The assistant cannot answer just now'],
  misconfigured: [503, 'The service is not set up correctly'],
} as const

type ProblemCode = keyof typeof PROBLEMS
type ProblemStatus = (typeof PROBLEMS)[ProblemCode][0]
type FieldError = { path: string; message: string }

/** How long a client does well to wait for something that usually comes back by itself, in seconds. */
const RETRY_AFTER: Partial<Record<ProblemCode, number>> = {
  database_unavailable: 2,
  clerk_unavailable: 5,
  assistant_unavailable: 5,
}

/** Whoever is told to wait for longer waits for a mistake: of Clerk's, of the model's, or of what is in front of them. */
const MOST_RETRY_AFTER = 300

type Options = {
  cause?: unknown
  /** For people, where more than the title helps. */
  detail?: string
  errors?: FieldError[]
  headers?: Record<string, string>
  /** Facts for the log line; free of personal data. */
  facts?: Record<string, unknown>
  retryAfterSeconds?: number
}

/** An answer other than success, thrown where HTTP begins and mapped in one place (`http.ts`). */
export class Problem extends Error {
  override name = 'Problem'
  readonly code: ProblemCode
  readonly status: ProblemStatus
  readonly title: string
  readonly detail: string | undefined
  readonly errors: FieldError[] | undefined
  readonly headers: Record<string, string>
  readonly facts: Record<string, unknown>
  readonly retryAfterSeconds: number | undefined

  constructor(code: ProblemCode, options: Options = {}) {
    const [status, title] = PROBLEMS[code]
    super(title, { cause: options.cause })
    this.code = code
    this.status = status
    this.title = title
    this.detail = options.detail
    this.errors = options.errors
    this.facts = options.facts ?? {}
    const seconds = options.retryAfterSeconds ?? RETRY_AFTER[code]
    // The end of a day is a long way off, and no mistake.
    this.retryAfterSeconds = seconds && status === 503 ? Math.min(seconds, MOST_RETRY_AFTER) : seconds
    this.headers = {
      ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
      ...(this.retryAfterSeconds !== undefined && { 'Retry-After': String(this.retryAfterSeconds) }),
      ...options.headers,
    }
  }
}

/** An error of which no more than its words is known: the log has had the rest. */
export class Told extends Error {
  override name = 'Told'
}

/** In plain words, and without anything that a driver put into a message. */
export function explain(error: unknown): string {
  if (error instanceof Told) return error.message
  if (!(error instanceof Problem)) return 'A fault of ours: the log has it'
  const { variables, clerk, clerkStatus, clerkCode } = error.facts
  const more = [variables, clerk, clerkStatus, clerkCode].filter((fact) => fact !== undefined)
  return more.length > 0 ? `${error.title} (${more.join(', ')})` : error.title
}
