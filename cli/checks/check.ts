/** What the doctor looks at, and what it says of it. */
import { PUBLISHABLE_KEY } from '../../dev/settings.ts'
import { CLERK_DEADLINE_MS } from '../../worker/clerk/api.ts'
import type { Config } from '../../worker/env.ts'
import { explain, Problem } from '../../worker/errors.ts'
import type { Source } from '../settings.ts'

/** `bad`: something does not work. `warn`: it works with something lost, or nobody could tell. */
export type Finding = { state: 'ok'; found: string } | { state: 'warn' | 'bad'; found: string; mend: string }

/** Their words are printed: neither part holds a secret. */
export const ok = (found: string): Finding => ({ state: 'ok', found })
export const warn = (found: string, mend: string): Finding => ({ state: 'warn', found, mend })
export const bad = (found: string, mend: string): Finding => ({ state: 'bad', found, mend })

/** What is looked at. */
type Patient = { config: Config; source: Source; now: number }

export type Check = {
  name: string
  /** Without these in a good form there is nothing to look at. */
  needs: (keyof Config)[]
  look: (patient: Patient) => Finding | Promise<Finding>
}

/** Of a production instance. */
export const isLive = ({ CLERK_PUBLISHABLE_KEY }: Config) => CLERK_PUBLISHABLE_KEY.key.startsWith('pk_live_')

/** Of no real instance: then the local stack's other secrets, which everybody knows, open nothing of worth. */
export const isStandIn = ({ CLERK_PUBLISHABLE_KEY }: Config) => CLERK_PUBLISHABLE_KEY.key === PUBLISHABLE_KEY

/** Never throws: what one check meets must not keep the others from their answer. */
export async function examine(check: Check, patient: Patient, unfit: string[]): Promise<Finding> {
  const missing = check.needs.filter((name) => unfit.includes(name))
  if (missing.length > 0) return warn(`Not looked at: it needs ${missing.join(', ')}`, 'Mend that first')
  try {
    return await check.look(patient)
  } catch (error) {
    if (error instanceof Problem)
      return warn(`Not known: ${reason(error)}`, 'Mend what is said of that in its own line')
    // An error's message may hold what it stumbled over.
    const name = error instanceof Error ? error.name : 'something unknown'
    return bad(`The check itself failed: ${name}`, 'A fault of ours; the other lines hold all the same')
  }
}

/** A problem in a few words, without any value of a variable. */
export const reason = (error: Problem) =>
  error.code === 'internal' ? 'the database refuses the question' : explain(error)

/** Whatever the status; `json` is `undefined` where the body is none. @returns `undefined` when nobody has answered in time. */
export async function get(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; json: unknown } | undefined> {
  try {
    const response = await fetch(url, {
      headers: { Accept: 'application/json', ...headers },
      // A redirect would carry a key along.
      redirect: 'manual',
      signal: AbortSignal.timeout(CLERK_DEADLINE_MS),
    })
    const text = await response.text()
    return { status: response.status, json: parseJson(text) }
  } catch {
    return undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
