/** Goes before a deployment, whose migrations would else go to the local database. */
if (!process.env.DATABASE_URL) {
  console.error(
    'DATABASE_URL is not set: give the production database’s direct connection string, without `-pooler`',
  )
  process.exit(1)
}
