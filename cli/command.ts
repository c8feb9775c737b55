/** How every command here runs and ends. */
import { inWords } from '../dev/command-line.ts'
import { Problem } from '../worker/errors.ts'
import { explain } from '../worker/reconcile/reconcile.ts'

/** @param run gives the exit code; what it throws is one line, or a fault of ours with its stack, and code 1. */
export async function runCommand(run: (args: string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Problem ? explain(error) : inWords(error))
    process.exitCode = 1
  }
}
