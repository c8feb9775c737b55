/** What a measurement asks of the whole local stack. */
import * as z from 'zod/mini'
import type { Stack } from '../tests/support/stack.ts'

const claimsSchema = z.object({ sub: z.string() })

/** Whose token it is. */
export function subjectOf(token: string): string {
  const [, claims = ''] = token.split('.')
  return claimsSchema.parse(JSON.parse(Buffer.from(claims, 'base64url').toString())).sub
}

/** One bare request to the database. */
export async function select({ neon, databaseUrl }: Stack, query: string): Promise<void> {
  const answer = await fetch(`${neon}/sql`, {
    method: 'POST',
    headers: { 'Neon-Connection-String': databaseUrl },
    body: JSON.stringify({ query, params: [] }),
  })
  await whole(answer)
}

export function post({ app }: Stack, path: string, token: string, body: object): Promise<Response> {
  return fetch(`${app}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** @throws when it is no success. */
export async function whole(answer: Response): Promise<string> {
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} ${text}`)
  return text
}

/** The Worker's barest answer. */
export const askHealth = ({ app }: Stack): Promise<string> => fetch(`${app}/api/health`).then(whole)
