/** What the `Neon-Connection-String` header says: as whom, into which database. Its host is never dialled. */
import { badRequest } from './refusal.ts'

export type Credentials = { user: string; password: string; database: string }

/** @throws {Refusal} worded as Neon words it. */
export function parseCredentials(header: string | undefined): Credentials {
  if (!header) throw badRequest('invalid header: neon-connection-string')
  const url = URL.parse(header)
  if (!url) throw badRequest('invalid connection string: relative URL without a base')
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw badRequest('incorrect scheme')
  const [database, ...rest] = url.pathname.slice(1).split('/')
  if (!database) throw badRequest('missing database name')
  if (rest.length > 0) throw badRequest('invalid database name')
  if (!url.username) throw badRequest('missing username')
  if (!url.password) throw badRequest('missing authentication credentials: required password')
  if (!url.hostname) throw badRequest('missing hostname')
  try {
    return {
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(database),
    }
  } catch {
    throw badRequest('invalid connection string: invalid percent-encoding')
  }
}
