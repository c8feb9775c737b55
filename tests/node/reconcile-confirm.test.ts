/**
 * Confirming deletions, one by one: no more at once than there are connections, because a question that waits grows old. And
 * carrying them out, few at once, because the years of many are more than one transaction has time for.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Steps } from '../../worker/reconcile/pass.ts'
import { expected, openWorld, patientSteps, runPass, users, type World } from './reconcile.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(() => world.empty())

/** In front of the lists: lets questions for single users through six by six, and counts how many there are at the same moment. */
async function startGate() {
  let atOnce = 0
  let most = 0
  let six = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    const isSingle = /^\/v1\/users\/user_/.test(request.url ?? '')
    if (isSingle) {
      atOnce += 1
      most = Math.max(most, atOnce)
      const { promise, resolve } = six
      if (atOnce % 6 === 0) {
        six = Promise.withResolvers<void>()
        resolve()
      }
      await promise
    }
    const answer = await fetch(world.clerk.url + request.url)
    const body = await answer.text()
    atOnce -= isSingle ? 1 : 0
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    most: () => most,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

test('forty-two who are gone are asked for six at a time', async () => {
  world.clerk.put(...users(1_000))
  await runPass(world)
  const gone = users(42).map(({ id }) => id)
  world.clerk.delete(...gone)
  const gate = await startGate()
  const gated = { ...world, settings: { ...world.settings, CLERK_API_URL: gate.url } }
  expect(await runPass(gated)).toMatchObject({ counts: { orphaned: 42, removed: 42 } })
  await gate.stop()
  expect(gate.most()).toBe(6)
  expect(await world.sandbox.state()).toEqual(expected(world.clerk, gone))
})

test('ten are erased at a time: what has been done stays done, however long the others take', async () => {
  world.clerk.put(...users(1_000))
  await runPass(world)
  const gone = users(25).map(({ id }) => id)
  world.clerk.delete(...gone)
  const steps = patientSteps()
  const tired: Steps = {
    ...steps,
    do: (name, work) => (name === 'remove 2' ? Promise.reject(new Error('tired')) : steps.do(name, work)),
  }
  await expect(runPass(world, {}, tired)).rejects.toThrow('tired')
  const dead = Object.values(await world.sandbox.state()).filter(({ deleted }) => deleted)
  expect(dead).toHaveLength(10)
  expect(await runPass(world)).toMatchObject({ counts: { removed: 15 } })
  expect(await world.sandbox.state()).toEqual(expected(world.clerk, gone))
})
