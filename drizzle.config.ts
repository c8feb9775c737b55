import { defineConfig } from 'drizzle-kit'

const LOCAL = 'postgres://neon:neon@127.0.0.1:8792/neondb'

// Migrations need one long-lived connection: Neon's direct address, without `-pooler`.
const url = (process.env.DATABASE_URL ?? LOCAL).replace('-pooler.', '.')

export default defineConfig({
  dialect: 'postgresql',
  schema: './worker/db/schema.ts',
  out: './drizzle',
  dbCredentials: { url },
})
