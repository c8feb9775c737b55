/** What is mounted where. */
import { Hono } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { adminRoutes } from './admin/routes.ts'
import { FRONTEND_PROXY_PATH, frontendProxy } from './clerk/frontend-proxy.ts'
import { conversationRoutes } from './conversations/routes.ts'
import { Problem } from './errors.ts'
import { healthRoutes } from './health.ts'
import { type AppEnv, noStore, problemResponse, requestContext, withConfig } from './http.ts'
import { page } from './page.ts'
import { usageRoutes } from './usage/routes.ts'
import { userRoutes } from './users/routes.ts'
import { webhookRoutes } from './users/webhook.ts'

const api = new Hono<AppEnv>()
  .route('/health', healthRoutes)
  .route('/user', userRoutes)
  .route('/conversations', conversationRoutes)
  .route('/user/usage', usageRoutes)
  .route('/webhooks', webhookRoutes)
  .route('/admin', adminRoutes)

/** The routes as the page's client sees them. */
export type AppType = typeof routes

export const app = new Hono<AppEnv>()

app.use(requestContext)
app.use(
  methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) =>
      problemResponse(new Problem('method_not_allowed', { headers: { Allow: methods.join(', ') } }), c),
  }),
)
app.use('/api/*', noStore, withConfig)
app.use(`${FRONTEND_PROXY_PATH}/*`, withConfig)

const routes = app.route('/api', api)

// A path below /api is never the page's, however a browser asks.
app.all('/api/*', (c) => problemResponse(new Problem('not_found'), c))
app.all(`${FRONTEND_PROXY_PATH}/*`, frontendProxy)
app.all('*', page)

app.onError((error, c) => problemResponse(error, c))
