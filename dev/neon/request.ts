/** A request as the endpoint understands it, read from headers and body. */
import * as z from 'zod'
import { type Json, toParameters } from './parameters.ts'
import { badRequest, MAX_BYTES, requestTooLarge } from './refusal.ts'

const isolationLevel = z.enum(['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable'])

const statement = z.object({
  query: z.string(),
  // Whatever JSON.parse has made is JSON: looking at every value again would only cost time.
  params: z.array(z.custom<Json>()).default([]).transform(toParameters),
  arrayMode: z.boolean().nullish(),
})
const payload = z.union([statement, z.object({ queries: z.array(statement) })])

export type Statement = z.output<typeof statement>
export type Payload = z.output<typeof payload>

/** How answers are written, and how a batch is run. */
export type Modes = {
  rawText: boolean
  arrayMode: boolean
  /** Headers of a batch that its answer repeats. */
  echoed: Record<string, string>
  /** What follows START TRANSACTION. */
  transaction: string
}

/** @throws {Refusal} */
export function readModes(header: (name: string) => string | undefined): Modes {
  const isTrue = (name: string) => header(name) === 'true'
  const level = isolationLevel.optional().safeParse(header('Neon-Batch-Isolation-Level'))
  if (!level.success) throw badRequest('invalid isolation level')
  const readOnly = isTrue('Neon-Batch-Read-Only')
  const deferrable = isTrue('Neon-Batch-Deferrable')
  return {
    rawText: isTrue('Neon-Raw-Text-Output'),
    arrayMode: isTrue('Neon-Array-Mode'),
    echoed: {
      ...(level.data && { 'Neon-Batch-Isolation-Level': level.data }),
      ...(readOnly && { 'Neon-Batch-Read-Only': 'true' }),
      ...(deferrable && { 'Neon-Batch-Deferrable': 'true' }),
    },
    transaction: [
      level.data && `ISOLATION LEVEL ${level.data.replace(/\B(?=[A-Z])/, ' ')}`,
      readOnly && 'READ ONLY',
      deferrable && 'DEFERRABLE',
    ]
      .filter(Boolean)
      .join(', '),
  }
}

/** @throws {Refusal} */
export async function readPayload(request: Request): Promise<Payload> {
  const unreadable = (why: string) => badRequest(`could not parse the HTTP request body: ${why}`)
  let json: unknown
  try {
    json = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readBytes(request)),
    )
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw unreadable(error.message)
    throw error
  }
  if (!isWellFormed(json)) throw unreadable('lone surrogate in a string')
  const parsed = payload.safeParse(json)
  if (!parsed.success) throw unreadable('neither a query nor a list of queries')
  return parsed.data
}

/** Never holds more than the limit, whatever the Content-Length says. */
async function readBytes(request: Request): Promise<Buffer> {
  if (Number(request.headers.get('content-length')) > MAX_BYTES) throw requestTooLarge()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > MAX_BYTES) throw requestTooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** JSON.parse lets a lone `\ud800` through and PostgreSQL would be sent U+FFFD for it; Neon's parser refuses it. */
function isWellFormed(json: unknown): boolean {
  if (typeof json === 'string') return json.isWellFormed()
  if (typeof json !== 'object' || json === null) return true
  return Object.entries(json).every(([key, value]) => key.isWellFormed() && isWellFormed(value))
}
