/** What every file of browser tests stands on: one Chromium, the local stack, and its database. */
import pg from 'pg'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { resetFaults } from './faults.ts'

/** Long, as a machine may have other things to do; nobody waits for it but a test that fails. */
const PATIENCE_MS = 30_000

export type Person = {
  page: Page
  /** What the browser complained about by itself. */
  trouble: string[]
  /** Closes the person's browser, and insists that it had no trouble. */
  leave: () => Promise<void>
}

/** Registers the file's hooks: whatever a test leaves open or switched is closed and switched back before the next one. */
export function world() {
  const stack = inject('stack')
  const database = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 })
  const open = new Set<BrowserContext>()
  let browser: Browser

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  beforeEach(resetFaults)
  afterEach(async ({ task }) => {
    const contexts = [...open]
    open.clear()
    if (task.result?.state === 'fail')
      for (const page of contexts.flatMap((context) => context.pages())) console.log(await lastSeen(page))
    await Promise.all(contexts.map((context) => context.close()))
  })
  afterAll(async () => {
    await resetFaults()
    await browser?.close()
    await database.end()
  })

  /** Somebody with a browser of their own. */
  async function newPerson(options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext({
      baseURL: stack.app,
      viewport: { width: 1280, height: 800 },
      ...options,
    })
    open.add(context)
    context.setDefaultTimeout(PATIENCE_MS)
    const page = await context.newPage()
    const trouble = troubleOf(page)
    const leave = async () => {
      await context.close()
      open.delete(context)
      expect(trouble).toEqual([])
    }
    return { page, trouble, leave }
  }
  return { stack, database, newPerson }
}

/** What somebody would have seen where the test gave up. */
async function lastSeen(page: Page): Promise<string> {
  const body = page.locator('body').ariaSnapshot({ timeout: 5_000 })
  return `${page.url()}\n${await body.catch(String)}`
}

/** Filled as it happens. */
function troubleOf(page: Page): string[] {
  const trouble: string[] = []
  page.on('console', (message) => {
    // The browser reports every answer over 399; the tests that order one look at what the page makes of it.
    const isOrdered = /Failed to load resource/.test(message.text())
    const isClerksOwnHint = /Clerk has been loaded with development keys/.test(message.text())
    if (['error', 'warning'].includes(message.type()) && !isOrdered && !isClerksOwnHint)
      trouble.push(message.text())
  })
  page.on('pageerror', (error) => trouble.push(String(error)))
  return trouble
}
