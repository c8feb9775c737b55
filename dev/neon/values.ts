/** PostgreSQL's text as JSON, for clients that do not ask for `Neon-Raw-Text-Output` (the driver always does). */
import type { PoolClient } from 'pg'
import * as z from 'zod'

const BOOL = 16
const NUMBERS = [21, 23, 700, 701]
const DOCUMENTS = [114, 3802]

/** The type of an array's elements by the array's type; JSON's lists are the one thing that needs looking up. */
type ElementTypes = Map<number, number>

const elementTypes = z.array(z.object({ oid: z.number(), typelem: z.number() }))

export async function findElementTypes(client: PoolClient, types: number[]): Promise<ElementTypes> {
  const { rows } = await client.query(
    "SELECT oid::int, typelem::int FROM pg_type WHERE oid = ANY ($1) AND typsubscript = 'array_subscript_handler'::regproc",
    [types],
  )
  return new Map(elementTypes.parse(rows).map(({ oid, typelem }) => [oid, typelem]))
}

/** One value as JSON text. */
export function toJson(text: string | null, type: number, elements: ElementTypes): string {
  if (text === null) return 'null'
  const element = elements.get(type)
  if (element !== undefined) return arrayToJson(text, (item) => toJson(item, element, elements))
  if (type === BOOL) return String(text === 't')
  // Not a number in JSON: NaN and the infinities stay text.
  if (NUMBERS.includes(type) && Number.isFinite(Number(text))) return text
  if (DOCUMENTS.includes(type)) return text
  return JSON.stringify(text)
}

/** A brace, a comma, a quoted item, or a bare one. */
const TOKEN = /[{},]|"(?:[^"\\]|\\.)*"|[^{},"]+/gs

/** PostgreSQL's array literal as JSON; explicit bounds (`[0:1]={…}`) have no place there and are dropped. */
function arrayToJson(literal: string, itemToJson: (text: string | null) => string): string {
  const body = literal.startsWith('[') ? literal.slice(literal.indexOf('=') + 1) : literal
  return body.replace(TOKEN, (token) => {
    if (token === '{') return '['
    if (token === '}') return ']'
    if (token === ',') return ','
    if (token.startsWith('"')) return itemToJson(token.slice(1, -1).replace(/\\(.)/gs, '$1'))
    return itemToJson(token === 'NULL' ? null : token)
  })
}
