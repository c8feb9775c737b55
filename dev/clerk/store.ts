/** The stand-in's memory, and its data file: one JSON document, replaced whole, readable by its owner alone. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { Trouble } from '../trouble.ts'
import { type Client, fileSchema, type Message, type Session, type User } from './state.ts'

const byId = <T extends { id: string }>(items: T[]) => new Map(items.map((item) => [item.id, item]))

export class Store {
  readonly users: Map<string, User>
  readonly clients: Map<string, Client>
  readonly sessions: Map<string, Session>
  readonly messages: Map<string, Message>
  /** PKCS#8 PEM; empty until a key was chosen. */
  signingKey: string
  readonly #file: string | undefined
  #dirty = false
  #writing: Promise<void> | undefined

  private constructor(file: string | undefined, content: z.infer<typeof fileSchema>) {
    this.#file = file
    this.users = byId(content.users)
    this.clients = byId(content.clients)
    this.sessions = byId(content.sessions)
    this.messages = byId(content.messages)
    this.signingKey = content.signingKey
  }

  /** @throws {Trouble} when the file is there and is not what this class wrote. */
  static async open(file?: string): Promise<Store> {
    const nothing = {
      version: 1 as const,
      signingKey: '',
      users: [],
      clients: [],
      sessions: [],
      messages: [],
    }
    if (!file) return new Store(undefined, nothing)
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw new Trouble(`${file}: cannot be read (${error.code})`)
    })
    return new Store(file, text === undefined ? nothing : parse(file, text))
  }

  /** Where files that belong to the data live; absent when nothing is kept. */
  get directory(): string | undefined {
    return this.#file && path.dirname(this.#file)
  }

  /** Says that something changed. Several changes in a row are one write. */
  changed(): void {
    this.#dirty = true
    if (!this.#file) return
    // The caller learns of a failure through `settled`; nobody may be waiting yet.
    this.#writing ??= this.#write(this.#file).finally(() => {
      this.#writing = undefined
    })
    this.#writing.catch(() => undefined)
  }

  /** Resolves once every change so far is on disk. */
  async settled(): Promise<void> {
    await this.#writing
  }

  async #write(file: string): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true })
    const draft = `${file}.draft`
    while (this.#dirty) {
      this.#dirty = false
      const content: z.infer<typeof fileSchema> = {
        version: 1,
        signingKey: this.signingKey,
        users: [...this.users.values()],
        clients: [...this.clients.values()],
        sessions: [...this.sessions.values()],
        messages: [...this.messages.values()],
      }
      try {
        await rm(draft, { force: true })
        await writeFile(draft, JSON.stringify(content), { mode: 0o600 })
        await rename(draft, file)
      } catch (error) {
        this.#dirty = true
        throw error
      }
    }
  }
}

function parse(file: string, text: string): z.infer<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(text))
  } catch (error) {
    const why = error instanceof z.ZodError ? (error.issues[0]?.path.join('.') ?? '') : 'not JSON'
    throw new Trouble(
      `${file}: not the Clerk stand-in’s data (${why}). Move it away, or start anew with --reset.`,
    )
  }
}
