/** One JSON line a request. Codes, counts and times alone: no tokens, names, addresses, bodies or connection strings. */

type RequestLog = {
  requestId: string
  method: string
  /** The route's pattern, never the path: a path may carry ids and whatever a stranger types. */
  route: string
  status: number
  /** What a stream has come to, where it is not what its head has said. */
  endStatus?: number
  durationMs: number
  code?: string
  [fact: string]: unknown
}

export function logRequest(line: RequestLog) {
  // Always the same method, because `wrangler dev` decorates the others until they are no JSON any more.
  const { status, endStatus = status } = line
  console.log(JSON.stringify({ level: endStatus >= 500 ? 'error' : 'info', ...line }))
}

/**
 * What may be said of an error: its class, SQLSTATE and constraint. Messages stay out: drivers put parameter values and
 * connection strings into them.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error }
  // Neon's driver has a name of its own for what others call the cause.
  const cause = 'sourceError' in error ? error.sourceError : error.cause
  return {
    error: error.name,
    ...('code' in error && typeof error.code === 'string' && error.code && { errorCode: error.code }),
    ...('constraint' in error && typeof error.constraint === 'string' && { constraint: error.constraint }),
    ...(cause instanceof Error && { cause: describeError(cause) }),
  }
}
