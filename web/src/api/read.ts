/** One question to the API with a token: whatever happens becomes a value. */
import { bearer } from './client.ts'
import { badAnswer, NO_TOKEN, type Problem, readProblem, UNREACHABLE } from './problem.ts'

export interface Source<T> {
  ask: (options: { headers: { Authorization: string }; init: { signal: AbortSignal } }) => Promise<Response>
  /** Null when the answer is not what was asked for. */
  parse: (body: unknown) => T | null
}

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem }

/** As long as a sync may take; then the page says so and offers to try again. */
const DEADLINE_MS = 15_000

/** Never rejects. */
export async function read<T>(
  { ask, parse }: Source<T>,
  getToken: () => Promise<string | null>,
  signal?: AbortSignal,
): Promise<Answer<T>> {
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  try {
    const token = await getToken()
    if (token === null) return { ok: false, problem: NO_TOKEN }
    const init = { signal: signal ? AbortSignal.any([signal, deadline]) : deadline }
    const response = await ask({ headers: bearer(token), init })
    if (!response.ok) return { ok: false, problem: await readProblem(response) }
    const value = parse(await response.json().catch(() => null))
    return value === null ? { ok: false, problem: badAnswer(response) } : { ok: true, value }
  } catch {
    return { ok: false, problem: UNREACHABLE }
  }
}
