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

/**
 * The user's whole profile as Clerk has it now.
 * @throws {Problem} `user_deleted` when Clerk has no such user (any more), `clerk_unavailable`, `misconfigured`.
 */
export async function fetchUser(clerk: ClerkSettings, id: string): Promise<UserSnapshot> {
  const user = await getUser(clerk, id)
  if (!user) throw new Problem('clerk_unavailable', { facts: { clerk: 'a user that we cannot read' } })
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
  try {
    return (await getUser(clerk, id)) ?? 'unreadable'
  } catch (error) {
    if (error instanceof Problem && error.code === 'user_deleted') return 'missing'
    throw error
  }
}

async function getUser(clerk: ClerkSettings, id: string): Promise<UserSnapshot | undefined> {
  const asked = z.looseObject({ id: z.literal(id) })
  return parseUser(await getJson(clerk, `/v1/users/${encodeURIComponent(id)}`, asked, 'user_deleted'))
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
 * @param missing What it means when Clerk says that there is no such thing.
 * @throws {Problem} `clerk_unavailable`, `misconfigured`, or what is `missing`.
 */
export async function getJson<S extends z.core.$ZodType>(
  { CLERK_API_URL, CLERK_SECRET_KEY }: ClerkSettings,
  path: string,
  schema: S,
  missing: 'user_deleted' | 'clerk_unavailable' = 'clerk_unavailable',
): Promise<z.output<S>> {
  let response: Response
  let body: unknown
  try {
    response = await fetch(`${CLERK_API_URL}${path}`, {
      headers: { Authorization: `Bearer ${CLERK_SECRET_KEY}`, Accept: 'application/json' },
      // A redirect would carry the secret key along.
      redirect: 'manual',
      signal: AbortSignal.timeout(CLERK_DEADLINE_MS),
    })
    body = await response.json()
  } catch (cause) {
    throw new Problem('clerk_unavailable', { cause })
  }
  if (!response.ok) throw refusal(response, body, missing)
  const result = z.safeParse(schema, body)
  if (!result.success) throw new Problem('clerk_unavailable', { facts: { clerk: 'unexpected answer' } })
  return result.data
}

const errorSchema = z.object({ errors: z.array(z.object({ code: z.string() })) })

function refusal(response: Response, body: unknown, missing: 'user_deleted' | 'clerk_unavailable'): Problem {
  const code = errorSchema.safeParse(body).data?.errors[0]?.code
  const facts = { clerkStatus: response.status, ...(code && { clerkCode: code }) }
  if (response.status === 404 && code === 'resource_not_found') return new Problem(missing, { facts })
  if (response.status === 401 || response.status === 403)
    return new Problem('misconfigured', { facts: { ...facts, variables: ['CLERK_SECRET_KEY'] } })
  const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  return new Problem('clerk_unavailable', { facts, ...(seconds > 0 && { retryAfterSeconds: seconds }) })
}
