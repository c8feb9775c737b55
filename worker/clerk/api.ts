/**
 * Clerk's Backend API, the few calls that we need, over plain `fetch`: the SDK's client would weigh more than the rest of
 * the Worker.
 * @see https://clerk.com/docs/reference/backend-api
 */
import * as z from 'zod/mini'
import type { Config } from '../env.ts'
import { Problem } from '../errors.ts'
import { parseUser, type UserSnapshot } from './user-json.ts'

export type ClerkSettings = Pick<Config, 'CLERK_API_URL' | 'CLERK_SECRET_KEY'>

/** Clerk answers in about 100 ms; a person waits for a sign-in no longer than this. */
export const CLERK_DEADLINE_MS = 4000

/** Clerk's own word for it: a proxy or a wrong address answers 404, too. */
const MISSING = { clerkStatus: 404, clerkCode: 'resource_not_found' }

/**
 * The user's whole profile as Clerk has it now.
 * @throws {Problem} `user_deleted` when Clerk has no such user (any more), `clerk_unavailable`, `misconfigured`.
 */
export async function fetchUser(clerk: ClerkSettings, id: string): Promise<UserSnapshot> {
  const user = await findUser(clerk, id)
  if (user === 'missing') throw new Problem('user_deleted', { facts: MISSING })
  if (user === 'unreadable')
    throw new Problem('clerk_unavailable', { facts: { clerk: 'a user that we cannot read' } })
  return user
}

/**
 * The same, where it is no failure that Clerk has no such user (any more), or one in a form that we cannot read.
 * @throws {Problem} `clerk_unavailable`, `misconfigured`.
 */
export async function findUser(
  clerk: ClerkSettings,
  id: string,
): Promise<UserSnapshot | 'missing' | 'unreadable'> {
  const answer = await ask(clerk, `/v1/users/${encodeURIComponent(id)}`)
  if (answer.status === MISSING.clerkStatus && codeOf(answer) === MISSING.clerkCode) return 'missing'
  return parseUser(read(answer, z.looseObject({ id: z.literal(id) }))) ?? 'unreadable'
}

const instanceSchema = z.object({ id: z.string() })

/**
 * Which instance the secret key opens: `ins_…`.
 * @throws {Problem} `clerk_unavailable`, `misconfigured`.
 */
export async function fetchInstanceId(clerk: ClerkSettings): Promise<string> {
  return (await getJson(clerk, '/v1/instance', instanceSchema)).id
}

/**
 * @param path Below `CLERK_API_URL`, with its leading slash.
 * @throws {Problem} `clerk_unavailable`, `misconfigured`.
 */
export async function getJson<S extends z.core.$ZodType>(
  clerk: ClerkSettings,
  path: string,
  schema: S,
): Promise<z.output<S>> {
  return read(await ask(clerk, path), schema)
}

/** `json` is `undefined` where the body is none: a proxy's page, or nothing. */
type Answer = { ok: boolean; status: number; headers: Headers; json: unknown }

async function ask({ CLERK_API_URL, CLERK_SECRET_KEY }: ClerkSettings, path: string): Promise<Answer> {
  try {
    const response = await fetch(`${CLERK_API_URL}${path}`, {
      headers: { Authorization: `Bearer ${CLERK_SECRET_KEY}`, Accept: 'application/json' },
      // A redirect would carry the secret key along.
      redirect: 'manual',
      signal: AbortSignal.timeout(CLERK_DEADLINE_MS),
    })
    const { ok, status, headers } = response
    return { ok, status, headers, json: parseJson(await response.text()) }
  } catch (cause) {
    throw new Problem('clerk_unavailable', { cause })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function read<S extends z.core.$ZodType>(answer: Answer, schema: S): z.output<S> {
  if (!answer.ok) throw refusal(answer)
  const result = z.safeParse(schema, answer.json)
  if (!result.success) throw new Problem('clerk_unavailable', { facts: { clerk: 'unexpected answer' } })
  return result.data
}

const errorSchema = z.object({ errors: z.array(z.object({ code: z.string() })) })

const codeOf = ({ json }: Answer) => errorSchema.safeParse(json).data?.errors[0]?.code

/** By its status first: what is in front of Clerk refuses in its own words, and may say how long to wait. */
function refusal(answer: Answer): Problem {
  const { status, headers } = answer
  const code = codeOf(answer)
  const facts = { clerkStatus: status, ...(code && { clerkCode: code }) }
  if (status === 401 || status === 403)
    return new Problem('misconfigured', { facts: { ...facts, variables: ['CLERK_SECRET_KEY'] } })
  const seconds = Number.parseInt(headers.get('Retry-After') ?? '', 10)
  return new Problem('clerk_unavailable', { facts, ...(seconds > 0 && { retryAfterSeconds: seconds }) })
}

/**
 * Seconds that Clerk asks us to wait because we have asked too much, and up to one more, because all who are refused together
 * would come back together; 0 for any other error.
 */
export const pauseOf = (error: unknown): number =>
  error instanceof Problem && error.facts.clerkStatus === 429
    ? (error.retryAfterSeconds ?? 1) + Math.random()
    : 0
