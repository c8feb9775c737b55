/** How every command here runs and ends. */
import { inWords } from '../dev/command-line.ts'
import { Trouble } from '../dev/trouble.ts'
import { explain, Problem } from '../worker/errors.ts'

import type { Source } from './settings.ts'

/** @param run gives the exit code; what it throws is one line, or a fault of ours with its stack, and code 1. */
export async function runCommand(run: (args: string[]) => Promise<number>): Promise<void> {
  // Whoever reads it through a pipe, as `head` does, has seen enough.
  process.stdout.once('error', () => process.exit(1))
  try {
    process.exitCode = await run(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Problem ? explain(error) : inWords(error))
    process.exitCode = 1
  }
}

/** @throws {Trouble} where the local stack does not answer: most likely nobody has started it. */
export async function workingOn<T>(source: Source, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (source !== 'the local stack' || !(error instanceof Problem) || !error.code.endsWith('_unavailable'))
      throw error
    throw new Trouble(
      `${explain(error)}: start the local stack with \`npm run dev\`, or name another (--help)`,
    )
  }
}
