/**
 * `node dev/leash.ts '{"command": …}'` runs one program and stops it as soon as standard input ends. The system closes
 * that pipe even when whoever held the other end was killed with SIGKILL, so nothing is ever left running. Started by
 * leashed.ts, in a session of its own: a terminal's Ctrl-C reaches only the one who holds the leash, and he decides in
 * which order things end.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import * as z from 'zod'

const orders = z.object({
  command: z.string(),
  args: z.array(z.string()),
  stopSignal: z.enum(['SIGINT', 'SIGTERM']),
  graceMs: z.number(),
  uid: z.number().optional(),
  gid: z.number().optional(),
})

const { command, args, stopSignal, graceMs, uid, gid } = orders.parse(JSON.parse(process.argv[2] ?? ''))

// A group of its own, so that what the program has started itself can be ended with it.
const child = spawn(command, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: true,
  ...(uid !== undefined && gid !== undefined ? { uid, gid } : {}),
})

function signalGroup(signal: NodeJS.Signals) {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // Nobody is left in the group.
  }
}

function stop() {
  child.kill(stopSignal)
  setTimeout(() => signalGroup('SIGKILL'), graceMs).unref()
}

child.once('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(127)
})
child.once('exit', (code, signal) => {
  signalGroup('SIGKILL')
  process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0))
})

process.stdin.resume().once('close', stop)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
// The reader of our output may be gone before the program has said its last words.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
