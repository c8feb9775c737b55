/** The Worker's configuration: parsed once, so that everything behind it can trust its types. */
import * as z from 'zod/mini'
import { Problem } from './errors.ts'

/** What Cloudflare hands to the Worker: strings, the page's files, and the clock's door. */
export interface Bindings {
  ASSETS: Fetcher
  RECONCILE: Workflow
  [variable: string]: unknown
}

const optional = <T extends z.core.SomeType>(schema: T) =>
  z.pipe(
    z.transform((value: unknown) => (value === '' ? undefined : value)),
    z.optional(schema),
  )

const url = z.pipe(
  z
    .url({ protocol: /^https?$/ })
    .check(z.refine((value) => !/[?#@]/.test(value), 'has more than host and path')),
  z.transform((value) => value.replace(/\/+$/, '')),
)

const origin = z.string().check(z.refine((value) => URL.parse(value)?.origin === value, 'is not an origin'))

const commaSeparated = z.pipe(
  z.string(),
  z.transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
)

/**
 * `pk_test_` or `pk_live_` and the base64 of the Frontend API's host with a `$` behind it.
 * @see https://clerk.com/docs/guides/how-clerk-works/overview#publishable-key
 */
const publishableKey = z.pipe(
  z.string().check(z.regex(/^pk_(test|live)_[A-Za-z0-9+/]+=*$/)),
  z.transform((key, context) => {
    const host = decodeBase64(key.replace(/^pk_(test|live)_/, ''))
    if (host && /^[a-z0-9.-]+\.[a-z0-9-]+(:\d+)?\$$/i.test(host)) return { key, host: host.slice(0, -1) }
    context.issues.push({ code: 'custom', message: 'names no host', input: key })
    return z.NEVER
  }),
)

const pem = z.pipe(
  // Secrets set on one line often carry their line breaks as `\n`.
  z.pipe(
    z.string(),
    z.transform((value) => value.replaceAll('\\n', '\n').trim()),
  ),
  z.string().check(z.regex(/^-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----$/)),
)

const timeZone = z.string().check(z.refine(isTimeZone, 'is not an IANA time zone'))

const dailyMessages = (standard: number) =>
  z._default(
    optional(
      z.pipe(
        z.string().check(z.regex(/^\d{1,9}$/)),
        z.transform((digits) => Number(digits)),
      ),
    ),
    standard,
  )

const schema = z.object({
  CLERK_PUBLISHABLE_KEY: publishableKey,
  CLERK_SECRET_KEY: z.string().check(z.regex(/^sk_(test|live)_\S+$/)),
  CLERK_JWT_KEY: optional(pem),
  /** Checked where it is used: a mistake in it must not keep anybody from signing in. */
  CLERK_WEBHOOK_SIGNING_SECRET: optional(commaSeparated),
  CLERK_INSTANCE_ID: optional(z.string()),
  CLERK_AUTHORIZED_PARTIES: z.pipe(commaSeparated, z.array(origin).check(z.minLength(1))),
  CLERK_API_URL: z._default(optional(url), 'https://api.clerk.com'),
  CLERK_FAPI_URL: optional(url),
  DATABASE_URL: z.string().check(z.regex(/^postgres(ql)?:\/\/[^:@/\s]+:[^@\s]+@[^/\s]+\/[^/\s]+$/)),
  NEON_FETCH_ENDPOINT: optional(url),
  /** Of an OpenAI-compatible API, down to `/v1`. Without it and a model everything works but the assistant. */
  AI_BASE_URL: optional(url),
  /** Not every local model asks for one. */
  AI_API_KEY: optional(z.string().check(z.regex(/^[\x21-\x7e]+$/))),
  AI_MODEL: optional(z.string().check(z.regex(/^\S{1,200}$/))),
  /** Of a reply. Told to the model only where it is set: not every endpoint knows it. */
  AI_MAX_TOKENS: optional(z.pipe(z.string().check(z.regex(/^[1-9]\d{0,6}$/)), z.transform(Number))),
  /** Nobody, unless somebody is named. */
  ADMIN_USER_IDS: z._default(optional(commaSeparated), []),
  QUOTA_FREE: dailyMessages(10),
  QUOTA_PRO: dailyMessages(100),
  QUOTA_MAXX: dailyMessages(1000),
  QUOTA_TIME_ZONE: z._default(optional(timeZone), 'UTC'),
})

export type Config = z.output<typeof schema>

type Variables = Readonly<Record<string, unknown>>

const parsed = new WeakMap<Variables, Config>()

/** @throws {Problem} `misconfigured`; its cause names the variables, never their values. */
export function readConfig(bindings: Variables): Config {
  const known = parsed.get(bindings)
  if (known) return known
  const result = schema.safeParse(bindings)
  if (!result.success) {
    const variables = [...new Set(result.error.issues.map((issue) => String(issue.path[0])))]
    throw new Problem('misconfigured', { facts: { variables } })
  }
  parsed.set(bindings, result.data)
  return result.data
}

function decodeBase64(text: string): string | undefined {
  try {
    return atob(text)
  } catch {
    return undefined
  }
}

function isTimeZone(name: string): boolean {
  // `+05:30` means the opposite to PostgreSQL.
  if (/^[+-]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
