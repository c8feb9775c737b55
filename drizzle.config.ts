import { defineConfig } from 'drizzle-kit'
import { migrationsUrl } from './dev/settings.ts'

export default defineConfig({
  dialect: 'postgresql',
  schema: './worker/db/schema.ts',
  out: './drizzle',
  dbCredentials: { url: migrationsUrl(process.env) },
})
