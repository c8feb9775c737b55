/** One PostgreSQL for all tests in Node; each file makes databases of its own in it. */
import type { TestProject } from 'vitest/node'
import { startTestServers } from './servers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string
  }
}

export default async function setup(project: TestProject) {
  const servers = await startTestServers()
  project.provide('databaseUrl', servers.databaseUrl)
  return servers.stop
}
