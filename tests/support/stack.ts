/** The whole local stack as `npm run dev` starts it, on ports and in a folder of its own. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { freePort } from '../../dev/ports.ts'
import { databaseUrl } from '../../dev/settings.ts'

export type Stack = { app: string; clerk: string; neon: string; assistant: string; databaseUrl: string }

const READY_WITHIN_MS = 180_000

export async function startStack(): Promise<Stack & { stop: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'swarai-browser-'))
  // PostgreSQL may have to run as somebody else, who must be able to come in.
  await chmod(folder, 0o755)
  const [app, clerk, neon, postgres, assistant] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const run = execa('node', ['dev/main.ts'], {
    cwd: path.join(import.meta.dirname, '../..'),
    env: {
      APP_PORT: String(app),
      CLERK_PORT: String(clerk),
      NEON_PORT: String(neon),
      POSTGRES_PORT: String(postgres),
      ASSISTANT_PORT: String(assistant),
      DEV_DATA_DIR: folder,
    },
    all: true,
    reject: false,
  })
  await ready(run.all, run)

  return {
    app: `http://localhost:${app}`,
    clerk: `http://127.0.0.1:${clerk}`,
    neon: `http://127.0.0.1:${neon}`,
    assistant: `http://127.0.0.1:${assistant}`,
    databaseUrl: databaseUrl(postgres),
    stop: async () => {
      run.kill('SIGINT')
      await run
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function ready(output: NodeJS.ReadableStream, ended: PromiseLike<unknown>) {
  let said = ''
  const isReady = new Promise<void>((resolve) => {
    output.on('data', (chunk) => {
      said += chunk
      if (said.includes('Ready in')) resolve()
    })
  })
  const failed = (why: string) => () => Promise.reject(new Error(`${why}:\n${said}`))
  const tooLate = new Promise((resolve) => setTimeout(resolve, READY_WITHIN_MS).unref())
  await Promise.race([
    isReady,
    ended.then(failed('The local stack ended by itself')),
    tooLate.then(failed('The local stack is not ready')),
  ])
}
