declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('../../worker/index.ts')
  }
  interface Env {
    ASSETS: Fetcher
    RECONCILE: Workflow
    CLERK_PUBLISHABLE_KEY: string
    CLERK_SECRET_KEY: string
    CLERK_JWT_KEY: string
    CLERK_WEBHOOK_SIGNING_SECRET: string
    CLERK_INSTANCE_ID: string
    CLERK_API_URL: string
    CLERK_FAPI_URL: string
    DATABASE_URL: string
    NEON_FETCH_ENDPOINT: string
    AI_BASE_URL: string
    AI_API_KEY: string
    AI_MODEL: string
    TEST_SIGNING_KEY: string
    TEST_NEON: string
    TEST_OBSERVER: string
    TEST_CLERK: string
    TEST_ASSISTANT: string
    TEST_NAUGHTY_STRINGS: string
  }
}
