/** Reading the Backend API's bodies and queries, refused in Clerk's words. */
import type { Context } from 'hono'
import type * as z from 'zod'
import { ClerkError, invalidParameters } from '../errors.ts'

/** @throws {ClerkError} 400 when it is no JSON object, 422 naming each parameter that does not fit. */
export async function jsonBody<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text()
  let body: unknown
  try {
    body = text === '' ? {} : JSON.parse(text)
  } catch {
    throw new ClerkError(400, {
      message: 'malformed request parameters',
      long_message: 'The request body is not valid JSON',
      code: 'request_body_invalid',
    })
  }
  return check(body, schema)
}

export function check<T>(input: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(input, { reportInput: true })
  if (parsed.success) return parsed.data
  throw invalidParameters(parsed.error)
}
