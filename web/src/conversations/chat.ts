/**
 * Everything that one user's chat page holds: their conversations, their quota, the threads that have been opened. It
 * outlives the page's components, so that a reply goes on being written while its reader looks elsewhere; it does not
 * outlive the user's stay.
 */

import { Wire, type WireEnvironment } from '../api/wire.ts'
import type { Conversation } from './conversation.ts'
import { ConversationList } from './conversationList.ts'
import { Draft, type DraftStorage, forgetDrafts } from './drafts.ts'
import { QuotaWatch } from './quotaWatch.ts'
import { Thread, type ThreadHost } from './thread.ts'
import type { ThreadEnvironment } from './threadReading.ts'

export interface ChatEnvironment extends WireEnvironment, ThreadEnvironment {
  storage: DraftStorage
  /** To the user's other tabs: something has changed, in this conversation. */
  announce(conversationId: string): void
}

/** How many threads are kept ready beside the one that is shown. */
const THREADS_KEPT = 12

export class Chat implements ThreadHost {
  readonly userId: string
  readonly list: ConversationList
  readonly quotaWatch: QuotaWatch
  readonly #env: ChatEnvironment
  readonly #wire: Wire
  readonly #threads = new Map<string, Thread>()
  #fresh: Thread
  #shown: Thread | null = null
  #isStarted = false

  constructor(userId: string, env: ChatEnvironment) {
    this.userId = userId
    this.#env = env
    this.#wire = new Wire(env)
    this.list = new ConversationList(this.#wire, env)
    this.quotaWatch = new QuotaWatch(this.#wire, env)
    forgetDrafts(env.storage, { allBut: userId })
    this.#fresh = this.#newThread(null)
  }

  /** The thread of a conversation; without an id, one that has yet to begin. The same one every time it is asked for. */
  thread(id: string | null): Thread {
    if (id === null) return this.#fresh
    // A new conversation that has been sent its first message is left to itself; the next one is another.
    if (this.#fresh.state.turns.length > 0) this.#fresh = this.#newThread(null)
    const thread = this.#threads.get(id) ?? this.#newThread(id)
    this.#keep(id, thread)
    return thread
  }

  /** It is looked at: what may have changed in it is read. */
  show(thread: Thread): void {
    this.#shown = thread
    if (this.#isStarted && !thread.state.isBusy) void thread.read()
  }

  /** Once the user is known to the server. */
  start(): void {
    this.#isStarted = true
    this.wake()
  }

  /** The network or the person is back, and much may have happened. */
  wake = (): void => {
    if (!this.#isStarted) return
    void this.list.read()
    void this.quotaWatch.read()
    if (this.#shown) this.show(this.#shown)
  }

  /** Another tab has changed this conversation. */
  heard(conversationId: string): void {
    void this.list.read()
    void this.quotaWatch.read()
    const thread = this.#threads.get(conversationId)
    if (thread && !thread.state.isBusy) void thread.read()
  }

  async rename(id: string, title: string) {
    const before = this.list.find(id) ?? this.#threads.get(id)?.state.conversation
    if (!before) return null
    const problem = await this.list.rename(before, title, (named) => this.#threads.get(id)?.named(named))
    if (!problem) this.#env.announce(id)
    return problem
  }

  async remove(id: string) {
    const problem = await this.list.remove(id)
    if (problem) return problem
    const thread = this.#threads.get(id)
    thread?.draft.write('')
    thread?.close()
    this.#threads.delete(id)
    this.#env.announce(id)
    return null
  }

  /** The user is leaving: nothing of theirs stays. */
  close(): void {
    this.list.close()
    this.quotaWatch.close()
    this.#fresh.close()
    for (const thread of this.#threads.values()) thread.close()
    this.#threads.clear()
    forgetDrafts(this.#env.storage, { of: this.userId })
  }

  created(thread: Thread, conversation: Conversation): void {
    this.#keep(conversation.id, thread)
    this.list.touched(conversation)
  }

  touched(conversation: Conversation): void {
    this.#threads.get(conversation.id)?.named(conversation)
    this.list.touched(conversation)
    this.#env.announce(conversation.id)
  }

  settled(conversationId: string): void {
    this.#env.announce(conversationId)
  }

  quota(quota: Parameters<QuotaWatch['told']>[0]): void {
    this.quotaWatch.told(quota)
  }

  requota(): void {
    void this.quotaWatch.read()
  }

  orphaned(text: string): void {
    this.#fresh.draft.giveBack(text)
    void this.list.read()
  }

  #newThread(id: string | null): Thread {
    return new Thread(id, this.#wire, this.#env, this, new Draft(this.#env.storage, this.userId, id))
  }

  /** The latest at the end; the one that has been left alone the longest goes, unless it is being written. */
  #keep(id: string, thread: Thread): void {
    this.#threads.delete(id)
    this.#threads.set(id, thread)
    for (const [oldId, old] of this.#threads) {
      if (this.#threads.size <= THREADS_KEPT) return
      if (old === this.#shown || old.state.isBusy) continue
      old.close()
      this.#threads.delete(oldId)
    }
  }
}
