/** What a page reads of the API: until it is there, when it is read again, and what is kept of it. */
import { expect, test } from 'vitest'
import { orAborted } from '../../web/src/api/abort.ts'
import { createApi } from '../../web/src/api/client.ts'
import { Reader, type Source } from '../../web/src/api/reader.ts'
import { Wire } from '../../web/src/api/wire.ts'
import { fakeClock, settled } from './fake-clock.ts'

const SOURCE: Source<string> = {
  ask: ({ user }, options) => user.$get({}, options),
  parse: (body) => (typeof body === 'string' ? body : null),
}

function world({ getToken = async () => 'token' }: { getToken?: () => Promise<string | null> } = {}) {
  const clock = fakeClock()
  const sent: { authorization: string | null; answer: (response: Response | Error) => Promise<void> }[] = []
  const deleted: string[] = []
  const page = { isSeen: true }
  const fetch: typeof globalThis.fetch = (_input, init) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const answer = async (response: Response | Error) => {
      if (response instanceof Error) reject(response)
      else resolve(response)
      await settled()
    }
    sent.push({ authorization: new Headers(init?.headers).get('Authorization'), answer })
    return promise
  }
  const wire = new Wire({
    api: createApi('http://page.test', fetch),
    getToken,
    after: clock.after,
    deleted: () => deleted.push('deleted'),
  })
  const reader = new Reader<string>(wire, {
    now: () => clock.now,
    random: () => 0.5,
    after: clock.after,
    isSeen: () => page.isSeen,
  })
  return {
    clock,
    reader,
    page,
    sent,
    deleted,
    async look() {
      reader.look(SOURCE)
      await settled()
    },
    async answer(body: unknown, init: ResponseInit = {}) {
      await sent.at(-1)?.answer(Response.json(body, init))
    },
    async cut() {
      await sent.at(-1)?.answer(new TypeError('Failed to fetch'))
    },
  }
}

const away = (code = 'database_unavailable') => ({ title: 'Away', code })

test('what could not be read is read again by itself, and less often each time', async () => {
  const { reader, clock, sent, look, cut, answer } = world()
  await look()
  await cut()
  expect(reader.state).toMatchObject({ status: 'failed', problem: { code: 'network' } })
  expect(clock.waits()).toEqual([6_000])
  await clock.pass(6_000)
  await answer(away(), { status: 503 })
  expect(clock.waits()).toEqual([7_000])
  await clock.pass(7_000)
  await answer('there')
  expect(reader.state).toMatchObject({ status: 'loaded', value: 'there', problem: null })
  expect([sent.length, clock.waits()]).toEqual([3, []])
})

test('with the network it is read at once, unless the server has named the time', async () => {
  const { reader, clock, sent, look, cut, answer } = world()
  await look()
  await cut()
  reader.wake()
  await settled()
  expect(sent).toHaveLength(2)
  await answer(away(), { status: 503, headers: { 'Retry-After': '20' } })
  reader.wake()
  await settled()
  expect([sent.length, clock.waits()]).toEqual([2, [27_000]])
  await clock.pass(20_000)
  reader.wake()
  await settled()
  expect(sent).toHaveLength(3)
})

test('what is refused is not asked for again', async () => {
  const { reader, clock, look, answer } = world()
  await look()
  await answer(away('user_banned'), { status: 403 })
  expect(reader.state.status).toBe('failed')
  expect(clock.waits()).toEqual([])
})

test('nothing is read again for nobody: it waits for somebody to come back', async () => {
  const { reader, clock, page, sent, look, cut } = world()
  await look()
  await cut()
  page.isSeen = false
  await clock.pass(60_000)
  expect(sent).toHaveLength(1)
  page.isSeen = true
  reader.wake()
  await settled()
  expect(sent).toHaveLength(2)
})

test('what was read stays while it cannot be read again, but not for who may no longer have it', async () => {
  const { reader, look, answer } = world()
  await look()
  await answer('there')
  reader.wake()
  await settled()
  await answer(away(), { status: 503 })
  expect(reader.state).toMatchObject({ status: 'loaded', value: 'there', problem: { title: 'Away' } })
  void reader.read()
  await settled()
  await answer(away('forbidden'), { status: 403 })
  expect(reader.state).toMatchObject({ status: 'failed', problem: { code: 'forbidden' } })
})

test('a token that never comes is not waited for without end, and is told as slowness', async () => {
  const { reader, clock, sent, look } = world({ getToken: () => new Promise(() => {}) })
  await look()
  await clock.pass(15_000)
  expect(reader.state).toMatchObject({ status: 'failed', problem: { code: 'timeout' } })
  expect(sent).toEqual([])
})

test('an answer that never comes is told as slowness', async () => {
  const { reader, clock, look } = world()
  await look()
  await clock.pass(15_000)
  expect(reader.state).toMatchObject({ status: 'failed', problem: { code: 'timeout' } })
})

test('a token that is refused is tried once more with a fresh one, and a deleted account is told', async () => {
  const { reader, sent, deleted, look, answer } = world()
  await look()
  await answer(away('unauthenticated'), { status: 401 })
  expect(sent).toHaveLength(2)
  await answer(away('user_deleted'), { status: 401 })
  expect([reader.state.status, deleted]).toEqual(['failed', ['deleted']])
})

test('whoever has stopped looking hears nothing more', async () => {
  const { reader, clock, look, answer } = world()
  await look()
  reader.stop()
  await answer('late')
  expect(reader.state).toEqual({ status: 'loading' })
  expect(clock.waits()).toEqual([])
})

test('a signal is left as it was, however often something has been waited for with it', async () => {
  const { signal } = new AbortController()
  const listening = new Set<unknown>()
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listening.add(args[1])
    addEventListener.apply(signal, args)
  }
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listening.delete(args[1])
    removeEventListener.apply(signal, args)
  }
  for (let piece = 0; piece < 50; piece += 1) await orAborted(Promise.resolve(piece), signal)
  await expect(orAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken')
  await settled()
  expect(listening.size).toBe(0)
})
