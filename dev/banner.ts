/** What a start ends with: every address, and how to sign in. */
import type { Own, OwnModel } from './app.ts'
import { type ClerkStandIn, TEST_CODE } from './clerk/index.ts'
import type { Settings } from './settings.ts'

type Running = {
  services: {
    postgres: { url: string }
    neon: { url: string }
    clerk: Pick<ClerkStandIn, 'url' | 'demoUsers' | 'demoAdminId'>
    assistant: { url: string }
  }
  /** Absent where only the services run. */
  app: { own: Own } | undefined
  seconds: number
}

export function banner(settings: Settings, { services, app, seconds }: Running): string {
  const { clerk, neon, postgres, assistant } = services
  const isAdmin = (index: number) => index === 0 && clerk.demoAdminId && app && !app.own.admins
  const rows = [
    ...(app ? [['App', `http://localhost:${settings.APP_PORT}`]] : []),
    ...clerk.demoUsers.map(({ email, password }, index) => [
      'Sign in as',
      `${email}   password ${password}${isAdmin(index) ? '   (admin)' : ''}`,
    ]),
    ['Code', `${TEST_CODE}, for every e-mail that asks for one`],
    ['Clerk stand-in', clerk.url],
    ['Neon endpoint', neon.url],
    app?.own.model ? ['AI model', told(app.own.model)] : ['AI stand-in', assistant.url],
    ['Database', postgres.url],
  ]
  const lines = rows.map(([label = '', value]) => `  ${label.padEnd(15)} ${value}`)
  return `\n  Ready in ${seconds.toFixed(1)} s. Ctrl-C stops everything.\n\n${lines.join('\n')}\n`
}

function told({ name, host }: OwnModel): string {
  if (!name) return 'none, as your .dev.vars says'
  return host ? `${name} at ${host}, from your .dev.vars` : `${name}, but your .dev.vars has no AI_BASE_URL`
}
