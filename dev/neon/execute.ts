/** Statements on one connection, and their results as Neon writes them. */
import pg, { type PoolClient, type QueryArrayConfig, type ResultBuilder } from 'pg'
import { MAX_BYTES, responseTooLarge } from './refusal.ts'
import type { Modes, Statement } from './request.ts'
import { findElementTypes, toJson } from './values.ts'

type Row = (string | null)[]
type Result = { rows: Row[]; fields: pg.FieldDef[]; command: string | null; rowCount: number | null }

/** How much of an answer has been used up, over all statements of a batch. */
export type Budget = { bytes: number }

/** The result of one statement, as JSON text. */
export async function runStatement(
  client: PoolClient,
  { query, params, arrayMode = null }: Statement,
  modes: Modes,
  budget: Budget,
): Promise<string> {
  const { rows, fields, command, rowCount } = await run(client, query, params, budget)
  const rowAsArray = arrayMode ?? modes.arrayMode
  const types = fields.map(({ dataTypeID }) => dataTypeID)
  const elements = modes.rawText ? undefined : await findElementTypes(client, types)
  const names = fields.map(({ name }) => JSON.stringify(name))
  const rowToJson = (row: Row) => {
    const values = row.map((text, i) =>
      elements ? toJson(text, types[i] ?? 0, elements) : JSON.stringify(text),
    )
    return rowAsArray ? `[${values}]` : `{${values.map((value, i) => `${names[i]}:${value}`)}}`
  }
  const head = JSON.stringify({ rowAsArray, fields: fields.map(describe), command: command ?? '', rowCount })
  const json = `${head.slice(0, -1)},"rows":[${rows.map(rowToJson)}]}`
  if (json.length > MAX_BYTES || Buffer.byteLength(json) > MAX_BYTES) throw responseTooLarge()
  return json
}

const describe = ({ name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier }: pg.FieldDef) => ({
  name,
  dataTypeID,
  tableID,
  columnID,
  dataTypeSize,
  dataTypeModifier,
  format: 'text',
})

/** Always by the extended protocol, which takes one statement at a time; every value stays PostgreSQL's own text. */
function run(client: PoolClient, text: string, values: Row, budget: Budget): Promise<Result> {
  const config: QueryArrayConfig<Row> & { queryMode: 'extended' } = {
    text,
    values,
    rowMode: 'array',
    queryMode: 'extended',
    types: { getTypeParser: () => (value: string) => value },
  }
  return new Promise((resolve, reject) => {
    const rows: Row[] = []
    const query = new pg.Query<Row>(config)
    query.on('row', (row) => {
      for (const value of row) budget.bytes += value?.length ?? 0
      // Whoever gets this drops the connection, and with it the rows still to come.
      if (budget.bytes > MAX_BYTES) reject(responseTooLarge())
      else rows.push(row)
    })
    query.on('error', reject)
    query.on('end', ({ fields, command, rowCount }: ResultBuilder<Row>) =>
      resolve({ rows, fields, command, rowCount }),
    )
    client.query(query)
  })
}
