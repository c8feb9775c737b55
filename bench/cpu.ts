/** What processes have cost so far. */
import { readdir, readFile } from 'node:fs/promises'

/** `/proc` counts in these. */
const TICK_MS = 10

/** CPU time of a process, its children, and those of its children that have ended, in milliseconds. On Linux; elsewhere 0. */
export async function cpuMs(root: number): Promise<number> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const costs = await Promise.all(pids.map((pid) => costOf(Number(pid), root)))
  return costs.reduce((total, cost) => total + cost, 0) * TICK_MS
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function costOf(pid: number, root: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name, which comes second, may hold blanks and brackets.
  const [, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (pid !== root && Number(parent) !== root) return 0
  const [user = 0, system = 0, userOfEnded = 0, systemOfEnded = 0] = rest.slice(9, 13).map(Number)
  return user + system + (pid === root ? userOfEnded + systemOfEnded : 0)
}
