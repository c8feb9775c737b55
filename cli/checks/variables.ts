/** The form of every variable, and a configuration to go on with where some have none. */
import * as z from 'zod'
import { readSettings, workerBindings } from '../../dev/settings.ts'
import { type Config, readConfig } from '../../worker/env.ts'
import { Problem } from '../../worker/errors.ts'
import type { Variables } from '../settings.ts'
import { bad, type Finding, ok } from './check.ts'

const URL_FORM = 'an address of host and path alone, https://host/path'
const MESSAGES = 'a number of messages a day, or left out'

/** What each should look like. */
const FORMS: Record<keyof Config, string> = {
  CLERK_PUBLISHABLE_KEY: 'pk_test_… or pk_live_…, whole, from Clerk → API keys',
  CLERK_SECRET_KEY: 'sk_test_… or sk_live_…, from Clerk → API keys',
  CLERK_JWT_KEY: 'a PEM from BEGIN to END PUBLIC KEY, its line breaks as they are or as \\n',
  CLERK_WEBHOOK_SIGNING_SECRET: 'whsec_…; two of them comma-separated',
  CLERK_INSTANCE_ID: 'ins_…',
  CLERK_AUTHORIZED_PARTIES: 'origins, comma-separated: https://app.example.com, no path and no slash behind',
  CLERK_API_URL: `${URL_FORM}, or left out`,
  CLERK_FAPI_URL: `${URL_FORM}, or left out`,
  DATABASE_URL: 'postgresql://USER:PASSWORD@HOST/DATABASE, from Neon → Connect',
  NEON_FETCH_ENDPOINT: `${URL_FORM}, or left out`,
  AI_BASE_URL: `${URL_FORM}, down to the /v1`,
  AI_API_KEY: 'a key without spaces, or left out',
  AI_MODEL: 'a model’s name without spaces',
  AI_MAX_TOKENS: 'a number of tokens from 1 up, or left out',
  ADMIN_USER_IDS: 'user_…, comma-separated',
  QUOTA_FREE: MESSAGES,
  QUOTA_PRO: MESSAGES,
  QUOTA_MAXX: MESSAGES,
  QUOTA_TIME_ZONE: 'a time zone like Europe/Berlin, or left out',
}

/** `findings` says which variables are in no good form, or in one line that all are. */
type Reading = { config: Config; unfit: string[]; findings: Finding[] }

/**
 * @returns A configuration whose `unfit` variables have a placeholder's value: no check may look at those.
 */
export function readAll(variables: Variables): Reading {
  const unfit = unfitOf(variables)
  const local = workerBindings(readSettings({}))
  const placeholders = Object.fromEntries(unfit.map((name) => [name, local[name] ?? '']))
  const config = readConfig({ ...variables, ...placeholders })
  const count = Object.keys(FORMS).filter((name) => variables[name]).length
  const findings = unfit.map((name) => {
    const form = Object.entries(FORMS).find(([one]) => one === name)?.[1]
    return bad(`${name} is ${variables[name] ? 'malformed' : 'missing'}`, `It should be ${form}`)
  })
  return { config, unfit, findings: unfit.length > 0 ? findings : [ok(`${count} set, all in good form`)] }
}

function unfitOf(variables: Variables): string[] {
  try {
    readConfig({ ...variables })
    return []
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return z.array(z.string()).parse(error.facts.variables)
  }
}
