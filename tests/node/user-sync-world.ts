/** A world for `UserSync`: its clock, its server and its Clerk, all moved by hand. */
import { createApi } from '../../web/src/api/client.ts'
import type { Person } from '../../web/src/users/person.ts'
import { UserSync } from '../../web/src/users/userSync.ts'
import { fakeClock, settled } from './fake-clock.ts'

export { settled }

export interface Call {
  authorization: string | null
  body: Record<string, unknown>
  aborted: boolean
  answer(status: number, body: unknown, headers?: Record<string, string>): Promise<void>
  fail(error: Error): Promise<void>
}

export function world({ random = 0.5 } = {}) {
  const clock = fakeClock()
  const requests: Call[] = []
  const log: string[] = []
  const statuses: string[] = []
  const sync = new UserSync(createApi('http://page.test', fakeFetch(requests)), {
    now: () => clock.now,
    random: () => random,
    after: clock.after,
    log: (line) => log.push(line),
  })
  let seen = 'none'
  sync.subscribe(() => statuses.push(sync.stateFor(seen === 'none' ? null : seen).status))
  return {
    sync,
    clock,
    requests,
    log,
    statuses,
    /** The state as the signed-in user sees it. */
    state: () => sync.stateFor(seen === 'none' ? null : seen),
    async signIn(person: Person) {
      seen = person.id
      sync.observe(person)
      await settled()
    },
    async signOut() {
      seen = 'none'
      sync.observe(null)
      await settled()
    },
    request(index: number): Call {
      const request = requests.at(index)
      if (!request) throw new Error(`there is no request ${index}; ${requests.length} were sent`)
      return request
    },
  }
}

export function person(overrides: Partial<Person> = {}): Person {
  return {
    id: 'user_ada',
    version: '1',
    profile: {
      email: 'ada@example.test',
      firstName: 'Ada',
      lastName: null,
      imageUrl: 'https://img.clerk.com/ada',
      updatedAt: '2026-01-02T03:04:05.678Z',
    },
    getToken: async () => 'token-of-ada',
    heldToken: () => 'held-token-of-ada',
    signOut: async () => {},
    ...overrides,
  }
}

export const row = (id = 'user_ada') => ({
  id,
  email: 'ada@example.test',
  firstName: 'Ada',
  lastName: null,
  imageUrl: null,
  tier: 'FREE',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-02T03:04:05.678Z',
})

export const problem = (status: number, code: string) => ({
  title: `The title of ${code}`,
  status,
  code,
  detail: 'What to do.',
  requestId: 'req-1',
})

function fakeFetch(requests: Call[]): typeof fetch {
  return (input, init) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const sent = new Request(input, { ...init, signal: null })
    if (new URL(sent.url).pathname !== '/api/user/sync') throw new Error(`${sent.url} is not expected`)
    const request: Call = {
      authorization: sent.headers.get('Authorization'),
      body: JSON.parse(String(init?.body)),
      aborted: false,
      async answer(status, body, headers = {}) {
        resolve(
          typeof body === 'string'
            ? new Response(body, { status, headers })
            : Response.json(body, { status, headers }),
        )
        await settled()
      },
      async fail(error) {
        reject(error)
        await settled()
      },
    }
    init?.signal?.addEventListener('abort', () => {
      request.aborted = true
    })
    requests.push(request)
    return promise
  }
}
