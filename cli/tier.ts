/** `npm run tier`: gives a user a tier, as the admin page does. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { understand } from '../dev/command-line.ts'
import { Trouble } from '../dev/trouble.ts'
import type { DatabaseSettings } from '../worker/db/client.ts'
import { TIERS } from '../worker/db/enums.ts'
import { changeTier, findUser } from '../worker/quota/tier-store.ts'
import type { Tier } from '../worker/quota/tiers.ts'
import { runCommand, workingOn } from './command.ts'
import { readEnvironment } from './settings.ts'

const USAGE = `Usage: npm run tier -- <user id or e-mail address> <${TIERS.join('|')}>

  --help  shows this

The database is that of DATABASE_URL: in the environment, else in .dev.vars, else the local stack's.`

/** As whom the change is noted. */
const ACTOR = 'cli'

async function run(args: string[]): Promise<number> {
  const asked = readArguments(args)
  if (asked === 'help') {
    console.log(USAGE)
    return 0
  }
  const { config, source } = await readEnvironment(process.env, path.join(import.meta.dirname, '..'), [
    'DATABASE_URL',
  ])
  console.log(`  Database of ${source}`)
  console.log(`  ${await workingOn(source, () => give(config, asked))}`)
  return 0
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

const readArguments = (args: string[]): Asked | 'help' =>
  understand(USAGE, () => {
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
  })

await runCommand(run)
