/** What a command says of an error: what somebody can mend in one line, a fault of ours with its stack. */
import { Trouble } from '../dev/trouble.ts'
import { explain, Problem } from '../worker/errors.ts'

export function words(error: unknown): string {
  if (error instanceof Trouble) return error.message
  if (error instanceof Problem) return explain(error)
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
