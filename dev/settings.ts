/**
 * The local stack's ports, addresses and keys: one place, so that the stand-ins, the Worker's bindings and
 * `.dev.vars.example` cannot disagree.
 */
import path from 'node:path'
import * as z from 'zod'
import { Trouble } from './trouble.ts'

const NO_PORT = 'must be a port, a number from 1 to 65535'
const port = (standard: number) =>
  z.coerce.number(NO_PORT).int(NO_PORT).min(1, NO_PORT).max(65_535, NO_PORT).default(standard)

/** Every port of the local stack with the environment variable that moves it. */
const environment = z.object({
  APP_PORT: port(8787),
  CLERK_PORT: port(8790),
  NEON_PORT: port(8791),
  POSTGRES_PORT: port(8792),
  ASSISTANT_PORT: port(8793),
  DEV_DATA_DIR: z.string().min(1, 'must name a folder').default('.dev'),
})

export type Settings = z.infer<typeof environment>
export type PortVariable = Exclude<keyof Settings, 'DEV_DATA_DIR'>

/** @throws {Trouble} naming the variable, when a port is not a port. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const parsed = environment.safeParse(env)
  if (parsed.success) return { ...parsed.data, DEV_DATA_DIR: path.resolve(parsed.data.DEV_DATA_DIR) }
  const [issue] = parsed.error.issues
  throw new Trouble(`${issue?.path.join('.')} ${issue?.message}`)
}

/**
 * The Frontend API host inside the local publishable key. It is never dialled: the page reaches the stand-in through
 * the Worker's own `/__clerk`. clerk-js insists on a dot, `.localhost` keeps it from ever leaving the machine.
 */
export const CLERK_HOST = 'clerk.standin.localhost'

/** Clerk's format: `pk_test_` and the base64 of the Frontend API host with a `$` behind it. */
export const PUBLISHABLE_KEY = `pk_test_${btoa(`${CLERK_HOST}$`)}`

/** Known to everyone who has read this line: it opens the local stand-in and nothing else. */
export const SECRET_KEY = 'sk_test_local_stand_in'

/** Svix's format: `whsec_` and base64. As public as the key above. */
export const WEBHOOK_SECRET = `whsec_${btoa('local-stand-in-webhook-secret')}`

/** The instance id that the stand-in puts into webhooks, in Clerk's format. */
export const INSTANCE_ID = 'ins_LocalStandIn'

/** The one key that the AI stand-in takes, and a name for its model, which answers to any. */
export const ASSISTANT_KEY = 'sk-local-stand-in'
export const ASSISTANT_MODEL = 'swar-local'

export const databaseUrl = (postgresPort: number) => `postgres://neon:neon@127.0.0.1:${postgresPort}/neondb`

/** Where drizzle-kit goes. Migrations need one long-lived connection: Neon's direct address, without `-pooler`. */
export const migrationsUrl = (env: Record<string, string | undefined>) =>
  env.DATABASE_URL?.replace('-pooler.', '.') || databaseUrl(readSettings(env).POSTGRES_PORT)

/** The bindings with which `wrangler dev` runs on the stand-ins; the same names as in `.dev.vars.example`. */
export function workerBindings(settings: Settings): Record<string, string> {
  const { APP_PORT, CLERK_PORT, NEON_PORT, POSTGRES_PORT, ASSISTANT_PORT } = settings
  return {
    CLERK_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
    CLERK_SECRET_KEY: SECRET_KEY,
    CLERK_WEBHOOK_SIGNING_SECRET: WEBHOOK_SECRET,
    CLERK_AUTHORIZED_PARTIES: `http://localhost:${APP_PORT},http://127.0.0.1:${APP_PORT}`,
    CLERK_INSTANCE_ID: INSTANCE_ID,
    CLERK_API_URL: `http://127.0.0.1:${CLERK_PORT}`,
    CLERK_FAPI_URL: `http://127.0.0.1:${CLERK_PORT}`,
    DATABASE_URL: databaseUrl(POSTGRES_PORT),
    NEON_FETCH_ENDPOINT: `http://127.0.0.1:${NEON_PORT}/sql`,
    AI_BASE_URL: `http://127.0.0.1:${ASSISTANT_PORT}/v1`,
    AI_API_KEY: ASSISTANT_KEY,
    AI_MODEL: ASSISTANT_MODEL,
  }
}
