/** What the Worker wrote into the page when it served it. */
export interface Config {
  publishableKey: string
  /** Empty: Clerk is reached at the host inside the key. */
  proxyUrl: string
}

export function readConfig(): Config {
  return { publishableKey: meta('clerk-publishable-key'), proxyUrl: meta('clerk-proxy-url') }
}

const meta = (name: string) => document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? ''
