/** `npm run tier`: gives a user a tier, as the admin page does. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Trouble } from '../dev/trouble.ts'
import type { DatabaseSettings } from '../worker/db/client.ts'
import { TIERS } from '../worker/db/enums.ts'
import { changeTier, findUser } from '../worker/quota/tier-store.ts'
import type { Tier } from '../worker/quota/tiers.ts'
import { readEnvironment } from './settings.ts'
import { words } from './words.ts'

const USAGE = `Usage: npm run tier -- <user id or e-mail address> <${TIERS.join('|')}>

  --help  shows this

The database is that of DATABASE_URL: in the environment, else in .dev.vars, else the local stack's.`

/** As whom the change is noted. */
const ACTOR = 'cli'

async function run(args: string[]) {
  const asked = readArguments(args)
  if (asked === 'help') return console.log(USAGE)
  const { config, source } = await readEnvironment(process.env, path.join(import.meta.dirname, '..'), [
    'DATABASE_URL',
  ])
  console.log(`  Database of ${source}`)
  console.log(`  ${await give(config, asked)}`)
}

type Asked = { whom: string; tier: Tier }

async function give(settings: DatabaseSettings, { whom, tier }: Asked): Promise<string> {
  const user = await findUser(settings, whom)
  // Deleted in between is as good as never found.
  const change = user && (await changeTier(settings, user.id, tier, ACTOR))
  if (!user || !change || change.outcome === 'unknown') throw new Trouble(nobody(whom))
  const name = user.email ?? user.id
  return change.outcome === 'changed'
    ? `${name}: ${change.from} → ${change.to}`
    : `${name} is ${tier} already`
}

const nobody = (whom: string) =>
  whom.includes('@')
    ? `Nobody has the address ${whom} with us: never signed in, or deleted. Whoever has lost it to another user is found by the id: user_…`
    : `There is no user ${whom}: never signed in, or deleted. An id looks like user_…, and an e-mail address does as well`

/** @throws {Trouble} naming what is not understood. */
function readArguments(args: string[]): Asked | 'help' {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    })
    if (values.help) return 'help'
    const [whom, wanted, ...rest] = positionals
    if (!whom || !wanted || rest.length > 0) throw new TypeError('Two things are needed: who, and which tier')
    const tier = TIERS.find((one) => one === wanted.toUpperCase())
    if (!tier) throw new TypeError(`${wanted} is no tier: there are ${TIERS.join(', ')}`)
    return { whom, tier }
  } catch (error) {
    const [sentence] = error instanceof Error ? error.message.split('. ') : []
    throw new Trouble(`${sentence}\n\n${USAGE}`)
  }
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  console.error(words(error))
  process.exitCode = 1
}
