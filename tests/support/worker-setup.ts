/** What the Worker's tests run on: started once, handed to workerd as bindings. */
import { generateKeyPairSync } from 'node:crypto'
import { createRequire } from 'node:module'
import type { TestProject } from 'vitest/node'
import { AT_ONCE, startAssistant } from '../../dev/assistant/index.ts'
import { startClerk } from '../../dev/clerk/index.ts'
import { startNeon } from '../../dev/neon/index.ts'
import {
  ASSISTANT_KEY,
  ASSISTANT_MODEL,
  INSTANCE_ID,
  PUBLISHABLE_KEY,
  SECRET_KEY,
  WEBHOOK_SECRET,
} from '../../dev/settings.ts'
import { buildPage } from './build-page.ts'
import { startTestServers } from './servers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    bindings: Record<string, string>
  }
}

export default async function setup(project: TestProject) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const [servers, clerk, assistant] = await Promise.all([
    startTestServers(),
    startClerk({ port: 0, signingKey: privateKey }),
    startAssistant({ port: 0, pace: AT_ONCE }),
    buildPage(),
  ])
  // The tests look at the database through an endpoint of their own, so that the Worker's requests can be counted.
  const observer = await startNeon({ port: 0, connectionString: servers.databaseUrl })

  project.provide('bindings', {
    CLERK_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
    CLERK_SECRET_KEY: SECRET_KEY,
    CLERK_JWT_KEY: publicKey,
    CLERK_WEBHOOK_SIGNING_SECRET: WEBHOOK_SECRET,
    CLERK_AUTHORIZED_PARTIES: 'https://app.example.com,http://localhost:8787',
    CLERK_INSTANCE_ID: INSTANCE_ID,
    CLERK_API_URL: clerk.url,
    CLERK_FAPI_URL: clerk.url,
    DATABASE_URL: servers.databaseUrl,
    NEON_FETCH_ENDPOINT: servers.neon.url,
    AI_BASE_URL: assistant.url,
    AI_API_KEY: ASSISTANT_KEY,
    AI_MODEL: ASSISTANT_MODEL,
    TEST_SIGNING_KEY: privateKey,
    TEST_NEON: new URL(servers.neon.url).origin,
    TEST_OBSERVER: observer.url,
    TEST_CLERK: clerk.url,
    TEST_ASSISTANT: new URL(assistant.url).origin,
    // A package of JSON, which workerd would take for a program.
    TEST_NAUGHTY_STRINGS: JSON.stringify(createRequire(import.meta.url)('big-list-of-naughty-strings')),
  })

  return async () => {
    await Promise.all([clerk.stop(), assistant.stop(), observer.stop()])
    await servers.stop()
  }
}
