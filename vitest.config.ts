import { cloudflareTest } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

/** A machine may have other things to do; nobody waits so long but a test that fails. */
const PATIENTLY = { poll: { timeout: 30_000 } }

export default defineConfig({
  test: {
    // What a passing test prints is the Worker's own log of faults that were ordered.
    silent: 'passed-only',
    projects: [
      {
        // The Worker in workerd, against a real PostgreSQL through the Neon endpoint and against the Clerk stand-in.
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: inject('bindings') },
          })),
        ],
        test: {
          name: 'worker',
          include: ['tests/worker/**/*.test.ts'],
          globalSetup: ['tests/support/worker-setup.ts'],
          // They share one database and its fault switches.
          fileParallelism: false,
          testTimeout: 60_000,
          expect: PATIENTLY,
        },
      },
      {
        // The rule under concurrency, and the stand-ins held to the vendors' own clients.
        test: {
          name: 'node',
          environment: 'node',
          include: ['tests/node/**/*.test.ts'],
          globalSetup: ['tests/support/node-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: PATIENTLY,
        },
      },
      {
        // A person in front of a real Chromium, on the whole local stack.
        test: {
          name: 'browser',
          environment: 'node',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: ['tests/support/browser-setup.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: PATIENTLY,
        },
      },
    ],
  },
})
