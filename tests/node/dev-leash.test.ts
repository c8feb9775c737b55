/** Whatever is started on a leash ends with whoever holds it, and takes its own children along. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { startLeashed } from '../../dev/leashed.ts'
import { eventually } from './neon.ts'

/** Ended, be it that nobody has yet asked how. */
async function isGone(pid: number) {
  try {
    process.kill(pid, 0)
  } catch {
    return true
  }
  return (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).includes(') Z ')
}

/** A program that starts another, says both numbers, and goes on for ever. */
const FAMILY = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  console.log('family', process.pid, child.pid)
  setInterval(() => {}, 1000)`
/** The same, deaf to every polite request. */
const STUBBORN = `for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(s, () => {})${FAMILY}`

function hold(program: string, graceMs: number) {
  const { promise: family, resolve } = Promise.withResolvers<number[]>()
  const leashed = startLeashed({
    command: process.execPath,
    args: ['-e', program],
    stopSignal: 'SIGTERM',
    graceMs,
    onLine: (line) => {
      if (line.startsWith('family')) resolve(line.split(' ').slice(1).map(Number))
    },
  })
  return { ...leashed, family }
}

const expectGone = async (pids: number[]) => {
  for (const pid of pids) await eventually(() => isGone(pid))
}

test('a stop ends the program and what it had started', async () => {
  const leashed = hold(FAMILY, 60_000)
  const pids = await leashed.family
  await leashed.stop()
  expect(await leashed.ended).toMatchObject({ asked: true })
  await expectGone(pids)
})

test('a program that does not listen is killed with what it had started', async () => {
  const leashed = hold(STUBBORN, 100)
  const pids = await leashed.family
  await leashed.stop()
  await expectGone(pids)
})

test('a program that ends by itself is told apart, and its children end with it', async () => {
  const leashed = hold(`${FAMILY}; setTimeout(() => process.exit(3), 50)`, 60_000)
  expect(await leashed.ended).toEqual({ code: 3, asked: false })
  await expectGone(await leashed.family)
})

test('when the holder is killed with SIGKILL, everything ends all the same', async () => {
  const holder = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { startLeashed } from ${JSON.stringify(path.join(import.meta.dirname, '../../dev/leashed.ts'))}
     startLeashed({ command: process.execPath, args: ['-e', ${JSON.stringify(FAMILY)}], stopSignal: 'SIGTERM',
       graceMs: 60000, onLine: console.log })`,
  ])
  const [line] = await once(holder.stdout, 'data')
  const pids = String(line).trim().split(' ').slice(1).map(Number)
  expect(pids).toHaveLength(2)
  holder.kill('SIGKILL')
  await expectGone(pids)
})

test('a program that is not there says so', async () => {
  const lines: string[] = []
  const leashed = startLeashed({
    command: '/nowhere/program',
    args: [],
    stopSignal: 'SIGTERM',
    graceMs: 1000,
    onLine: (line) => lines.push(line),
  })
  expect(await leashed.ended).toEqual({ code: 127, asked: false })
  expect(lines.join()).toContain('/nowhere/program')
})
