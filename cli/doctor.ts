/** `npm run doctor`: looks at everything that is configured, and says how to mend what is wrong. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { understand } from '../dev/command-line.ts'
import { admins, authorizedParties, instanceId, webhookSecret } from './checks/access.ts'
import { assistant } from './checks/assistant.ts'
import { type Check, examine, type Finding } from './checks/check.ts'
import { database, drift, migrations } from './checks/database.ts'
import { jwtKey, publishableKey, secretKey } from './checks/keys.ts'
import { readAll } from './checks/variables.ts'
import { runCommand } from './command.ts'
import { readVariables } from './settings.ts'

const USAGE = `Usage: npm run doctor

  --help  shows this

It looks at what is set in the environment, if DATABASE_URL or CLERK_SECRET_KEY is, else at .dev.vars, else at the local
stack. It changes nothing, prints no secret, and ends with 1 when something is bad.`

const CHECKS: Check[] = [
  secretKey,
  jwtKey,
  publishableKey,
  authorizedParties,
  webhookSecret,
  instanceId,
  database,
  migrations,
  drift,
  assistant,
  admins,
]

const SIGNS = { ok: '✓ ok  ', warn: '! warn', bad: '✗ bad ' }
const NAME_WIDTH = Math.max(...CHECKS.map(({ name }) => name.length))

async function run(args: string[]): Promise<number> {
  if (readArguments(args).help) {
    console.log(USAGE)
    return 0
  }
  const { variables, source } = await readVariables(process.env, path.join(import.meta.dirname, '..'), [
    'DATABASE_URL',
    'CLERK_SECRET_KEY',
  ])
  console.log(`  Settings of ${source}\n`)
  const { config, unfit, findings } = readAll(variables)
  for (const finding of findings) show('variables', finding)
  // All at once, and said in their order: where everything is down, nobody waits for each in turn.
  const patient = { config, source, now: Date.now() }
  const running = CHECKS.map((check) => ({ name: check.name, finding: examine(check, patient, unfit) }))
  for (const { name, finding } of running) {
    const known = await finding
    show(name, known)
    findings.push(known)
  }
  console.log(`\n  ${verdict(findings)}`)
  return findings.some(({ state }) => state === 'bad') ? 1 : 0
}

function show(name: string, finding: Finding) {
  console.log(`  ${SIGNS[finding.state]}  ${name.padEnd(NAME_WIDTH)}  ${finding.found}`)
  if (finding.state !== 'ok') console.log(`  ${' '.repeat(NAME_WIDTH + 10)}→ ${finding.mend}`)
}

function verdict(findings: Finding[]): string {
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length
  const [bad, warn] = [count('bad'), count('warn')]
  if (bad > 0) return `${bad} bad, ${warn} to look at`
  return warn > 0 ? `It works, with ${warn} to look at` : 'All is well'
}

const readArguments = (args: string[]) =>
  understand(
    USAGE,
    () => parseArgs({ args, options: { help: { type: 'boolean', short: 'h', default: false } } }).values,
  )

await runCommand(run)
