/** Starting and stopping a stand-in's HTTP server, on the loopback interface alone. */
import { createServer } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { portOf } from './ports.ts'

type Listening = { port: number; url: string; stop: () => Promise<void> }

/**
 * Longer than any client keeps an idle connection. Node's own five seconds are also workerd's: whoever asks just then finds
 * the connection lost.
 */
const KEEP_ALIVE_MS = 60_000

/**
 * @param port 0 takes any free port.
 * @throws the system's error, `EADDRINUSE` among them.
 */
export async function listen(app: Hono<{ Bindings: HttpBindings }>, port: number): Promise<Listening> {
  const server = createServer(getRequestListener(app.fetch))
  server.keepAliveTimeout = KEEP_ALIVE_MS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const bound = portOf(server)
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { port: bound, url: `http://127.0.0.1:${bound}`, stop }
}
