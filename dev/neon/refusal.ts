/** Everything that the endpoint answers instead of a result, as Neon's proxy words it. */
import { DatabaseError } from 'pg'

/** The largest request and the largest answer that Neon's proxy takes. */
export const MAX_BYTES = 10 * 1024 * 1024

/** Fields of PostgreSQL's error report by their names on the wire; pg gives the same names to all of them. */
const REPORTED = [
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'severity',
  'where',
  'table',
  'column',
  'schema',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const

type Status = 400 | 413 | 500 | 507

export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: Status
  readonly body: Record<string, string | null>
  /** What PostgreSQL itself said, when it was PostgreSQL that refused. */
  readonly report: DatabaseError | undefined

  constructor(status: Status, message: string, report?: DatabaseError) {
    super(message)
    this.status = status
    this.report = report
    const fields = REPORTED.map((name) => [name, report?.[name] ?? null])
    // Of all fields these two are never null on Neon's wire.
    this.body = {
      message,
      ...Object.fromEntries(fields),
      code: report?.code ?? '',
      severity: report?.severity ?? '',
    }
  }
}

export const badRequest = (message: string) => new Refusal(400, message)
export const requestTooLarge = () => new Refusal(413, `request is too large (max is ${MAX_BYTES} bytes)`)
export const responseTooLarge = () => new Refusal(507, `response is too large (max is ${MAX_BYTES} bytes)`)

/** Nobody reads this one: the client has left. */
export const queryCancelled = () => badRequest('Query cancelled, connection was terminated')

/** Of a statement: a refusal by PostgreSQL, or a connection that broke under it. Neon answers 400 to both. */
export function statementRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof DatabaseError) return new Refusal(400, error.message, error)
  return new Refusal(400, 'connection closed')
}

/** Of a connection that could not be made. */
export function connectionRefusal(error: unknown, user: string): Refusal {
  if (!(error instanceof DatabaseError)) return new Refusal(500, "Couldn't connect to compute node")
  // Passwords are checked by the proxy itself, so nothing of PostgreSQL's report is in its answer.
  if (error.code === '28P01') return new Refusal(400, `password authentication failed for user '${user}'`)
  return new Refusal(500, error.message, error)
}
