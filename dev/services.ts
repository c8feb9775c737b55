/** The stand-ins of the local stack, started side by side where they do not need each other. */
import { createWriteStream } from 'node:fs'
import { type AssistantStandIn, startAssistant } from './assistant/index.ts'
import { type ClerkStandIn, fetchScripts, haveScripts, startClerk } from './clerk/index.ts'
import type { Folder } from './folder.ts'
import { type NeonStandIn, startNeon } from './neon/index.ts'
import { migrate, type Postgres, startPostgres } from './postgres.ts'
import type { Progress } from './progress.ts'
import { databaseUrl, type Settings, WEBHOOK_SECRET } from './settings.ts'
import type { Stoppers } from './stoppers.ts'

type Services = {
  postgres: Postgres
  neon: NeonStandIn
  clerk: ClerkStandIn
  assistant: AssistantStandIn
}

/**
 * What has been started is in `stoppers`, also when this fails.
 * @throws {Trouble} saying what cannot run and how to mend that; whatever else is a fault of ours.
 */
export async function startServices(
  settings: Settings,
  folder: Folder,
  progress: Progress,
  stoppers: Stoppers,
): Promise<Services> {
  const [postgres, neon, clerk, assistant] = await Promise.all([
    database(settings, folder, progress, stoppers),
    stoppers.keep(() => progress.step('Neon endpoint', () => startNeonEndpoint(settings))),
    clerkStandIn(settings, folder, progress, stoppers),
    stoppers.keep(() =>
      progress.step('AI stand-in', () => startAssistant({ port: settings.ASSISTANT_PORT })),
    ),
  ])
  return { postgres, neon, clerk, assistant }
}

const startNeonEndpoint = ({ NEON_PORT, POSTGRES_PORT }: Settings) =>
  startNeon({ port: NEON_PORT, connectionString: databaseUrl(POSTGRES_PORT) })

async function database(settings: Settings, folder: Folder, progress: Progress, stoppers: Stoppers) {
  const log = createWriteStream(folder.postgresLog)
  const postgres = await stoppers.keep(() =>
    progress.step('PostgreSQL', () =>
      startPostgres({
        dataDir: folder.postgres,
        port: settings.POSTGRES_PORT,
        log: (line) => log.write(`${line}\n`),
      }),
    ),
  )
  await progress.step('Migrations', () => migrate(postgres.url))
  return postgres
}

async function clerkStandIn(settings: Settings, folder: Folder, progress: Progress, stoppers: Stoppers) {
  if (!(await haveScripts())) await progress.step('Clerk’s scripts (fetched only once)', fetchScripts)
  return stoppers.keep(() =>
    progress.step('Clerk stand-in', () =>
      startClerk({
        port: settings.CLERK_PORT,
        dataFile: folder.clerk,
        seed: true,
        publicUrl: `http://localhost:${settings.APP_PORT}/__clerk`,
        webhook: {
          url: `http://127.0.0.1:${settings.APP_PORT}/api/webhooks/clerk`,
          secret: WEBHOOK_SECRET,
        },
      }),
    ),
  )
}
