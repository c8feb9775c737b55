/**
 * The Clerk stand-in: a local server that speaks Clerk's wire, so that the real clerk-js, the real components and the
 * real @clerk/backend work with no account and no network. One server carries all three of Clerk's faces: the Frontend
 * API and the scripts (for pages, through the Worker), and the Backend API (for the Worker).
 */
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { Faults } from '../faults.ts'
import { listen } from '../listen.ts'
import { backendApi } from './backend/index.ts'
import { Clerk } from './clerk.ts'
import { deliveryControl } from './control.ts'
import type { Deliveries, Endpoint } from './deliveries.ts'
import { ClerkError, internalError, routeNotFound } from './errors.ts'
import { frontendApi } from './frontend/index.ts'
import { imageRoutes } from './images.ts'
import { scriptRoutes } from './scripts.ts'
import { DEMO_USERS, seedDemoUsers } from './seed.ts'
import { generateSigningKey } from './signing.ts'
import { Store } from './store.ts'

export type { DeliveryMode } from './deliveries.ts'
export { TEST_CODE } from './frontend/codes.ts'
export { fetchScripts, haveScripts } from './scripts.ts'

type ClerkOptions = {
  /** 0 takes any free port. */
  port: number
  /** Where everything is kept; absent: in memory only. */
  dataFile?: string
  /** PKCS#8 PEM, RSA; absent: the data file's, or else a new one. */
  signingKey?: string
  webhook?: Endpoint
  /** Makes the demo users when there are no users at all. */
  seed?: boolean
  /** Where browsers reach this server, for the addresses of pictures; absent: this server itself. */
  publicUrl?: string
}

export type ClerkStandIn = {
  url: string
  port: number
  faults: Faults
  deliveries: Deliveries
  publicKeyPem: string
  demoUsers: { email: string; password: string }[]
  /** The first demo user's id, unless they have been deleted. */
  demoAdminId: string | undefined
  stop: () => Promise<void>
}

type App = Hono<{ Bindings: HttpBindings }>

/**
 * @throws {Trouble} when the data file is not this stand-in's.
 * @throws the system's error when the port is taken, `EADDRINUSE` among them.
 */
export async function startClerk(options: ClerkOptions): Promise<ClerkStandIn> {
  const store = await Store.open(options.dataFile)
  const before = store.signingKey
  store.signingKey = options.signingKey ?? (before || (await generateSigningKey()))
  if (store.signingKey !== before) store.changed()

  let baseUrl = options.publicUrl ?? ''
  const clerk = new Clerk(store, () => baseUrl)
  if (options.seed) await seedDemoUsers(clerk)
  clerk.deliveries.endpoint = options.webhook

  const faults = new Faults()
  const listening = await listen(withVerbs(appOf(clerk, faults)), options.port)
  baseUrl ||= listening.url
  clerk.deliveries.resume()
  await store.settled()
  return {
    url: listening.url,
    port: listening.port,
    faults,
    deliveries: clerk.deliveries,
    publicKeyPem: clerk.signer.publicKeyPem,
    demoUsers: DEMO_USERS.map(({ email, password }) => ({ email, password })),
    demoAdminId: clerk.users.findByEmail(DEMO_USERS[0].email)?.id,
    stop: async () => {
      faults.clear()
      clerk.deliveries.stop()
      await listening.stop()
      await store.settled()
    },
  }
}

function appOf(clerk: Clerk, faults: Faults): App {
  // clerk-js asks for `/v1/me/email_addresses/`, with and without the slash at the end.
  const app: App = new Hono({ strict: false })
  return app
    .route('/_control', faults.control)
    .route('/_control', deliveryControl(clerk.deliveries))
    .use(faults.middleware)
    .use(async (_c, next) => {
      await next()
      // What was answered survives a crash.
      await clerk.store.settled()
    })
    .get('/.well-known/jwks.json', (c) => c.json({ keys: [clerk.signer.jwk] }))
    .route('/v1', frontendApi(clerk))
    .route('/v1', backendApi(clerk))
    .route('/images', imageRoutes(clerk.images, clerk.users))
    .route('/', scriptRoutes())
    .notFound(() => routeNotFound().toResponse())
    .onError((error) => {
      if (error instanceof ClerkError) return error.toResponse()
      console.error('clerk:', error)
      return internalError().toResponse()
    })
}

/** clerk-js sends every verb as GET or POST and the real one in `_method`, to do without preflights. */
function withVerbs(app: App): App {
  const outer: App = new Hono()
  return outer.all('*', (c) => {
    const verb = c.req.query('_method')
    const isOverride = c.req.method === 'POST' && verb !== undefined && /^(PATCH|PUT|DELETE)$/.test(verb)
    return app.fetch(isOverride ? new Request(c.req.raw, { method: verb }) : c.req.raw, c.env)
  })
}
