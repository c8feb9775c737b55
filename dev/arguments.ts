/** The command line of `npm run dev` and `npm run services`. */
import { parseArgs } from 'node:util'
import { understand } from './command-line.ts'

export const USAGE = `Usage: npm run dev      [-- --reset]   everything, with the app on it
       npm run services [-- --reset]   PostgreSQL and the stand-ins for Neon, Clerk and the AI, for wrangler by hand

  --reset   starts from nothing: forgets the database, the users with their pictures, and the signing key
  --help    shows this

Ports: APP_PORT 8787, CLERK_PORT 8790, NEON_PORT 8791, POSTGRES_PORT 8792,
       ASSISTANT_PORT 8793. State: DEV_DATA_DIR .dev`

type Arguments = { servicesOnly: boolean; reset: boolean; help: boolean }

/** @throws {Trouble} naming what is not understood. */
export const readArguments = (args: string[]): Arguments =>
  understand(USAGE, () => {
    const { values } = parseArgs({
      args,
      options: {
        'services-only': { type: 'boolean', default: false },
        reset: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return { servicesOnly: values['services-only'], reset: values.reset, help: values.help }
  })
