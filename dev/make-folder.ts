/** Makes a folder and those above it. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'

/** Node's own `recursive` never comes back where a folder cannot be made for want of itself, as under /proc. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || path.dirname(folder) === folder) throw error
    await makeFolder(path.dirname(folder))
    await mkdir(folder)
  }
}
