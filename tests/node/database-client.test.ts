/** What the one way to the database makes of errors that are not the database's. */
import { expect, test } from 'vitest'
import { query } from '../../worker/db/client.ts'

/** Nobody is asked. */
const SETTINGS = { DATABASE_URL: 'postgres://neon:neon@127.0.0.1:9/neondb', NEON_FETCH_ENDPOINT: undefined }

test('a bug in building a statement comes out as it is, and is not tried again', async () => {
  const bug = new TypeError('ours')
  let attempts = 0
  const asking = query(SETTINGS, () => {
    attempts += 1
    throw bug
  })
  await expect(asking).rejects.toBe(bug)
  expect(attempts).toBe(1)
})
