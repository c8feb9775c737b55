/** Free and busy ports of the loopback interface. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { PortVariable, Settings } from './settings.ts'
import { Trouble } from './trouble.ts'

/** A port that was free a moment ago, for a program that cannot choose one by itself. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

/** @throws when it does not listen. */
export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server that listens has a port')
  return address.port
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/**
 * Looks at every port before anything is started.
 * @param patienceMs for the children of a run that was killed a moment ago: they are just ending.
 * @throws {Trouble} a line for each port that is taken, or asked for twice.
 */
export async function requireFreePorts(settings: Settings, variables: PortVariable[], patienceMs: number) {
  const owners = new Map<number, PortVariable>()
  const lines: string[] = []
  const deadline = Date.now() + patienceMs
  for (const variable of variables) {
    const port = settings[variable]
    const owner = owners.get(port)
    if (owner) lines.push(`Port ${port} is asked for twice: set ${owner} and ${variable} to different ones`)
    owners.set(port, variable)
    let free = await isFree(port)
    for (; !free && Date.now() < deadline; free = await isFree(port)) await sleep(100)
    if (!free)
      lines.push(`Port ${port} is taken${await byWhom(port)}: end that, or set ${variable} to another port`)
  }
  if (lines.length > 0) throw new Trouble(lines.join('\n'))
}

/** ` by node (process 4711)`, where the system has a tool that says so. */
async function byWhom(port: number): Promise<string> {
  const tools = [
    {
      command: 'lsof',
      args: ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'],
      answer: /p(?<pid>\d+)\nc(?<name>.+)/,
    },
    { command: 'ss', args: ['-Hltnp', `sport = :${port}`], answer: /\("(?<name>[^"]+)",pid=(?<pid>\d+)/ },
  ]
  for (const { command, args, answer } of tools) {
    const { stdout } = await execa(command, args, { reject: false, timeout: 2000 })
    const found = answer.exec(stdout ?? '')?.groups
    if (found) return ` by ${found.name?.replace('-MainThread', '')} (process ${found.pid})`
  }
  return ''
}
