/** Which Clerk and which database: the environment's, else those of `.dev.vars`, else the local stack's. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { readSettings, SettingsError, workerBindings } from '../dev/settings.ts'
import { Trouble } from '../dev/trouble.ts'
import { type Config, readConfig } from '../worker/env.ts'
import { Problem } from '../worker/errors.ts'

type Variables = Record<string, string | undefined>

const SECRETS = ['DATABASE_URL', 'CLERK_SECRET_KEY'] as const

export type Source = 'the environment' | '.dev.vars' | 'the local stack'

/** @throws {Trouble} naming the variable that is missing or malformed. */
export async function readEnvironment(
  environment: Variables,
  folder: string,
): Promise<{ config: Config; source: Source }> {
  const local = localBindings(environment)
  const places: [Source, Variables][] = [
    ['the environment', environment],
    ['.dev.vars', await readDevVars(folder)],
  ]
  const [source, variables] = places.find(([, place]) => SECRETS.some((name) => place[name])) ?? [
    'the local stack' as const,
    local,
  ]
  const missing = SECRETS.find((name) => !variables[name])
  // Taken from elsewhere it would be another deployment's: one's users would go into the other's database.
  if (missing) throw new Trouble(`${missing} is not set in ${source}, where the other of the two is`)
  const { DATABASE_URL, NEON_FETCH_ENDPOINT, CLERK_SECRET_KEY, CLERK_API_URL } = variables
  const chosen = { DATABASE_URL, NEON_FETCH_ENDPOINT, CLERK_SECRET_KEY, CLERK_API_URL }
  try {
    return { config: readConfig({ ...local, ...chosen }), source }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Trouble(
      `${String(error.facts.variables)} is not what it should be: .dev.vars.example shows its form`,
    )
  }
}

function localBindings(environment: Variables): Variables {
  try {
    return workerBindings(readSettings(environment))
  } catch (error) {
    if (error instanceof SettingsError) throw new Trouble(error.message)
    throw error
  }
}

async function readDevVars(folder: string): Promise<Variables> {
  try {
    return parseEnv(await readFile(path.join(folder, '.dev.vars'), 'utf8'))
  } catch {
    return {}
  }
}
