/** The page's build, made once for all projects of a test run. */
import { execa } from 'execa'

let build: Promise<unknown> | undefined

export async function buildPage(): Promise<void> {
  build ??= execa('npm', ['run', '--silent', 'build'])
  await build
}
