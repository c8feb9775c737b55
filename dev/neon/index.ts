/**
 * The Neon stand-in: Neon's SQL over HTTP, as @neondatabase/serverless speaks it, over a local PostgreSQL. It sends no
 * CORS headers and its requests need headers of their own, so no web page can use it.
 */
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { PoolClient } from 'pg'
import { Faults } from '../faults.ts'
import { listen } from '../listen.ts'
import { parseCredentials } from './credentials.ts'
import { type Budget, runStatement } from './execute.ts'
import { Pools } from './pools.ts'
import { Refusal, statementRefusal } from './refusal.ts'
import { type Modes, type Payload, readModes, readPayload, type Statement } from './request.ts'

type Options = {
  /** 0 takes any free port. */
  port: number
  /** The local PostgreSQL. Of it only host and port count: as whom and into which database, each request says itself. */
  connectionString: string
}

export type NeonStandIn = {
  /** What `NEON_FETCH_ENDPOINT` is set to; the fault switches are at `/_control` of the same origin. */
  url: string
  port: number
  faults: Faults
  stop: () => Promise<void>
}

type App = { Bindings: HttpBindings }

/**
 * PostgreSQL itself is first asked by a request: it may be started later, or not be there.
 * @throws the system's error when the port is taken, `EADDRINUSE` among them.
 */
export async function startNeon({ port, connectionString }: Options): Promise<NeonStandIn> {
  const { hostname, port: postgresPort } = new URL(connectionString)
  const pools = new Pools({ host: hostname, port: Number(postgresPort) })
  const faults = new Faults()
  const app = new Hono<App>()
    .route('/_control', faults.control)
    .use(faults.middleware)
    .post('/sql', (c) => answer(c, pools))
    .all('*', (c) => c.json('query is not supported', 400))
    .onError((error, c) => {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'internal error')
      if (refusal !== error) console.error('The Neon endpoint failed:', error)
      return c.json(refusal.body, refusal.status)
    })

  const listening = await listen(app, port)
  const stop = async () => {
    faults.clear()
    await listening.stop()
    await pools.close()
  }
  return { url: `${listening.url}/sql`, port: listening.port, faults, stop }
}

async function answer(c: Context<App>, pools: Pools): Promise<Response> {
  const header = (name: string) => c.req.header(name)
  const credentials = parseCredentials(header('Neon-Connection-String'))
  const modes = readModes(header)
  const payload = await readPayload(c.req.raw)
  const json = await pools.lend(credentials, clientGone(c), (client) => execute(client, payload, modes))
  return c.body(json, 200, {
    'content-type': 'application/json',
    ...('queries' in payload ? modes.echoed : {}),
  })
}

/** Aborted when the connection closes before the answer is out. */
function clientGone({ env: { outgoing } }: Context<App>): AbortSignal {
  const gone = new AbortController()
  if (outgoing.destroyed) gone.abort()
  outgoing.once('close', () => gone.abort())
  return gone.signal
}

async function execute(client: PoolClient, payload: Payload, modes: Modes): Promise<string> {
  const budget: Budget = { bytes: 0 }
  try {
    return await ('queries' in payload
      ? runBatch(client, payload.queries, modes, budget)
      : runStatement(client, payload, modes, budget))
  } catch (error) {
    throw statementRefusal(error)
  }
}

/** All or nothing: after a failure, whoever lent the connection rolls back. */
async function runBatch(client: PoolClient, statements: Statement[], modes: Modes, budget: Budget) {
  await client.query(`START TRANSACTION ${modes.transaction}`)
  const results: string[] = []
  for (const statement of statements) results.push(await runStatement(client, statement, modes, budget))
  await client.query('COMMIT')
  return `{"results":[${results}]}`
}
