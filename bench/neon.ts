/** A process of its own: the Neon endpoint in front of a PostgreSQL. Says its address. */
import { startNeon } from '../dev/neon/index.ts'

const [, , connectionString = ''] = process.argv
const neon = await startNeon({ port: 0, connectionString })
process.on('disconnect', () => process.exit())
process.send?.({ url: neon.url })
