/** Profile pictures: uploaded ones beside the data file (or in memory), and a drawn one for everybody else. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Hono } from 'hono'
import { imageInvalid, imageTooLarge, notFound } from './errors.ts'
import { newId } from './ids.ts'
import type { User } from './state.ts'
import type { Store } from './store.ts'
import type { Users } from './users.ts'

/** Clerk's own limit. */
const MOST_BYTES = 10 * 1024 * 1024

/** First bytes decide, not the file's name: nothing that could run as a document gets in. */
const TYPES = [
  { type: 'image/png', starts: Buffer.from('89504e470d0a1a0a', 'hex') },
  { type: 'image/jpeg', starts: Buffer.from('ffd8ff', 'hex') },
  { type: 'image/gif', starts: Buffer.from('GIF8') },
  { type: 'image/webp', starts: Buffer.from('RIFF') },
]

const typeOf = (bytes: Buffer) =>
  TYPES.find(({ starts }) => bytes.subarray(0, starts.length).equals(starts))?.type

export class Images {
  readonly #memory = new Map<string, Buffer>()
  readonly #directory: string | undefined
  readonly #baseUrl: () => string

  /** @param baseUrl where browsers reach the stand-in. */
  constructor(store: Store, baseUrl: () => string) {
    this.#directory = store.directory && path.join(store.directory, 'clerk-images')
    this.#baseUrl = baseUrl
  }

  readonly urlOf = (user: User): string => `${this.#baseUrl()}/images/${user.imageId ?? `of/${user.id}`}`

  /** @throws {ClerkError} when it is no picture or too large. */
  async save(file: Blob, now: number): Promise<string> {
    if (file.size > MOST_BYTES) throw imageTooLarge()
    const bytes = Buffer.from(await file.arrayBuffer())
    if (!typeOf(bytes)) throw imageInvalid()
    const id = newId('img', now)
    if (this.#directory) {
      await mkdir(this.#directory, { recursive: true })
      await writeFile(path.join(this.#directory, id), bytes, { mode: 0o600 })
    } else this.#memory.set(id, bytes)
    return id
  }

  async delete(id: string): Promise<void> {
    this.#memory.delete(id)
    if (this.#directory) await rm(path.join(this.#directory, id), { force: true })
  }

  async read(id: string): Promise<{ bytes: Buffer; type: string } | undefined> {
    if (!/^img_[0-9A-Za-z]+$/.test(id)) return undefined
    const bytes = this.#directory
      ? await readFile(path.join(this.#directory, id)).catch(() => undefined)
      : this.#memory.get(id)
    const type = bytes && typeOf(bytes)
    return bytes && type ? { bytes, type } : undefined
  }
}

/** Mounted at `/images`. */
export function imageRoutes(images: Images, users: Users): Hono {
  const headers = {
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
  }
  return new Hono()
    .get('/of/:id', (c) => {
      const user = users.find(c.req.param('id'))
      if (!user) throw notFound('user', c.req.param('id'))
      return c.body(avatar(user), 200, {
        ...headers,
        'Content-Type': 'image/svg+xml',
        'Cache-Control': 'private, no-cache',
        'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      })
    })
    .get('/:id', async (c) => {
      const image = await images.read(c.req.param('id'))
      if (!image) throw notFound('image', c.req.param('id'))
      return c.body(new Uint8Array(image.bytes), 200, {
        ...headers,
        'Content-Type': image.type,
        'Cache-Control': 'private, max-age=31536000, immutable',
      })
    })
}

/** Initials on a colour that belongs to the user. Letters and digits only, so nothing needs escaping. */
function avatar(user: User): string {
  const letter = (text: string | null | undefined) => text?.match(/[\p{L}\p{N}]/u)?.[0]?.toUpperCase() ?? ''
  const initials = letter(user.firstName) + letter(user.lastName) || letter(user.emailAddresses[0]?.address)
  const hue = createHash('sha256').update(user.id).digest().readUInt16BE() % 360
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="hsl(${hue} 55% 45%)"/><text x="32" y="41" font-family="system-ui,sans-serif" font-size="26" fill="#fff" text-anchor="middle">${initials}</text></svg>`
}
