/** Goes before drizzle-kit's migrations, which end without a word when there is no database. */
import pg from 'pg'
import { migrationsUrl } from './settings.ts'

const PATIENCE_MS = 15_000

/** What the Worker takes, and the commands do: pg would connect to a host that it makes up of anything. */
const FORM = /^postgres(ql)?:\/\/[^:@/\s]+:[^@\s]+@[^/\s]+\/[^/\s]+$/

if (process.env.DATABASE_URL && !FORM.test(process.env.DATABASE_URL)) {
  console.error('DATABASE_URL is not what it should be: postgresql://USER:PASSWORD@HOST/DATABASE')
  process.exit(1)
}

try {
  const client = new pg.Client({
    connectionString: migrationsUrl(process.env),
    connectionTimeoutMillis: PATIENCE_MS,
  })
  await client.connect()
  await client.end()
} catch (error) {
  const why = error instanceof Error ? error.message : String(error)
  console.error(
    process.env.DATABASE_URL
      ? `The database of DATABASE_URL cannot be reached: ${why}`
      : `The local database cannot be reached: ${why}. Start it with \`npm run dev\`, or name another one in DATABASE_URL`,
  )
  process.exitCode = 1
}
