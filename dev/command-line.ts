/** What every command shares: its arguments are understood or told with the usage, and errors are said in words. */
import { Trouble } from './trouble.ts'

/**
 * @param read takes the arguments apart, and throws what it cannot understand: its first sentence is said.
 * @throws {Trouble} naming what is not understood, with the usage beneath.
 */
export function understand<Arguments>(usage: string, read: () => Arguments): Arguments {
  try {
    return read()
  } catch (error) {
    const [sentence] = error instanceof Error ? error.message.split('. ') : []
    throw new Trouble(`${sentence}\n\n${usage}`)
  }
}

/** What somebody can mend is said in its own words alone; anything else is a fault of ours, with its stack. */
export function inWords(error: unknown): string {
  if (error instanceof Trouble) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
