/** Which database, and which Clerk: the environment's, else those of `.dev.vars`, else the local stack's. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { readSettings, workerBindings } from '../dev/settings.ts'
import { Trouble } from '../dev/trouble.ts'
import { type Config, readConfig } from '../worker/env.ts'
import { Problem } from '../worker/errors.ts'

export type Variables = Record<string, string | undefined>

/** What opens each side, and what may be said of the same side: where it is, and whose. */
const COMPANIONS = {
  DATABASE_URL: ['NEON_FETCH_ENDPOINT'],
  CLERK_SECRET_KEY: ['CLERK_API_URL', 'CLERK_INSTANCE_ID'],
} as const

type Secret = keyof typeof COMPANIONS

export type Source = 'the environment' | '.dev.vars' | 'the local stack'

/**
 * @param secrets What the command works with; nothing else is looked at.
 * @throws {Trouble} naming the variable that is missing or malformed.
 */
export async function readEnvironment(
  environment: Variables,
  folder: string,
  secrets: Secret[],
): Promise<{ config: Config; source: Source }> {
  const local = workerBindings(readSettings(environment))
  const { variables, source } = await readVariables(environment, folder, secrets)
  const missing = secrets.find((name) => !variables[name])
  // Taken from elsewhere it would be another deployment's: one's users would go into the other's database.
  if (missing) {
    const others = secrets.filter((name) => name !== missing).join(', ')
    throw new Trouble(`${missing} is not set in ${source}, where ${others} is: set both, or neither`)
  }
  const chosen = secrets
    .flatMap((secret) => [secret, ...COMPANIONS[secret]])
    .map((name) => [name, variables[name]])
  try {
    return { config: readConfig({ ...local, ...Object.fromEntries(chosen) }), source }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Trouble(
      `${String(error.facts.variables)} is not what it should be: .dev.vars.example shows its form`,
    )
  }
}

/**
 * Everything that is set in the first place where one of the secrets is. A `.dev.vars` with the local stack's own values, as
 * `npm run services` makes it, is the local stack.
 */
export async function readVariables(
  environment: Variables,
  folder: string,
  secrets: Secret[],
): Promise<{ variables: Variables; source: Source }> {
  const local = workerBindings(readSettings(environment))
  const devVars = await readDevVars(folder)
  const isLocal = secrets.every((name) => devVars[name] === local[name])
  const places: [Source, Variables][] = [
    ['the environment', environment],
    [isLocal ? 'the local stack' : '.dev.vars', devVars],
  ]
  const [source, variables] = places.find(([, place]) => secrets.some((name) => place[name])) ?? [
    'the local stack' as const,
    local,
  ]
  return { variables, source }
}

async function readDevVars(folder: string): Promise<Variables> {
  try {
    return parseEnv(await readFile(path.join(folder, '.dev.vars'), 'utf8'))
  } catch {
    return {}
  }
}
