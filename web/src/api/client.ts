/** The API's routes, typed by the Worker itself; what comes back is still parsed where it is used. */
import { hc } from 'hono/client'
import type { AppType } from '../../../worker/app.ts'

export type Api = ReturnType<typeof createApi>

export function createApi(origin: string, fetch: typeof globalThis.fetch) {
  return hc<AppType>(origin, { fetch })
}

/** Never a cookie: a token in a header is one that no other site can make the browser send. */
export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
