/** Programs that end when this process ends, however it ends (see leash.ts). */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'

/** Whom a program runs as, where that is not ourselves. */
export type Account = { uid: number; gid: number }

type Orders = {
  command: string
  args: string[]
  /** What asks it to end, and how long it may take before it is killed with all that it has started. */
  stopSignal: 'SIGINT' | 'SIGTERM'
  graceMs: number
  as?: Account | undefined
  env?: Record<string, string>
  cwd?: string
  onLine: (line: string) => void
}

export type Leashed = {
  /** Settles when the program has ended, by itself or asked. */
  ended: Promise<{ code: number; asked: boolean }>
  stop: () => Promise<void>
}

const LEASH = path.join(import.meta.dirname, 'leash.ts')

/**
 * A program that cannot be started says so in a line and ends with code 127; one that a signal has ended, with 128 and the
 * signal's number.
 */
export function startLeashed({ as, env, cwd, onLine, ...orders }: Orders): Leashed {
  const child = spawn(process.execPath, [LEASH, JSON.stringify({ ...orders, ...as })], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    cwd,
    env: { ...process.env, ...env },
  })
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', onLine)
  // The leash may end while its standard input is being closed.
  child.stdin.on('error', () => {})

  let asked = false
  const ended = new Promise<{ code: number; asked: boolean }>((resolve) => {
    child.once('close', (code) => resolve({ code: code ?? 1, asked }))
  })
  const stop = async () => {
    asked = true
    child.stdin.end()
    await ended
  }
  return { ended, stop }
}
