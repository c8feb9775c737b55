/** The Worker's entry: hands each kind of event to the module that knows it. */
import { app } from './app.ts'
import type { Bindings } from './env.ts'

export default { fetch: app.fetch } satisfies ExportedHandler<Bindings>
