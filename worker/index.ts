/** The Worker's entry: hands each kind of event to the module that knows it. */
import { app } from './app.ts'
import { scheduled } from './clock.ts'
import type { Bindings } from './env.ts'

export { ReconcileWorkflow } from './reconcile/workflow.ts'

export default { fetch: app.fetch, scheduled } satisfies ExportedHandler<Bindings>
