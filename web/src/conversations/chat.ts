/**
 * Everything that one user's chat page holds: their conversations, their quota, the threads that have been opened. It
 * outlives the page's components, so that a reply goes on being written while its reader looks elsewhere; it does not
 * outlive the user's stay.
 */

import { Wire, type WireEnvironment } from '../api/wire.ts'
import type { Conversation } from './conversation.ts'
import { ConversationList } from './conversationList.ts'
import { Draft, type DraftStorage, forgetDrafts, NEW } from './drafts.ts'
import { Outbox } from './outbox.ts'
import { QuotaWatch } from './quotaWatch.ts'
import { Thread } from './thread.ts'
import type { ThreadHost } from './threadHost.ts'
import type { ThreadEnvironment } from './threadReading.ts'
import { isBusy } from './threadState.ts'

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
  readonly #outbox: Outbox
  readonly #threads = new Map<string, Thread>()
  #fresh: Thread
  #shown: Thread | null = null
  #isStarted = false
  #syncedAt: number | null = null
  #isClosed = false
  /** Something has happened elsewhere while this page was writing in them: read when it has done. */
  readonly #stale = new Set<Thread>()

  constructor(userId: string, env: ChatEnvironment) {
    this.userId = userId
    this.#env = env
    this.#wire = new Wire({
      ...env,
      // An answer that comes after its user has left is nobody's.
      deleted: () => this.#isClosed || env.deleted(),
    })
    this.list = new ConversationList(this.#wire, env)
    this.quotaWatch = new QuotaWatch(this.#wire, env)
    forgetDrafts(env.storage, { allBut: userId })
    this.#outbox = new Outbox(env.storage, userId)
    const unbegun = this.#outbox.unbegun()
    this.#fresh = unbegun === null ? this.#newThread(null) : this.#newThread(null, unbegun, unbegun)
  }

  /** The thread of a conversation; without an id, one that has yet to begin. The same one every time it is asked for. */
  thread(id: string | null): Thread {
    if (id === null) return this.#fresh
    // A new conversation on its way is left to itself, and the next one is another. One that could not begin stays at hand.
    if (this.#fresh.state.id !== null || isBusy(this.#fresh.state)) {
      this.#threads.set(this.#fresh.state.id ?? this.#fresh.key, this.#fresh)
      this.#fresh = this.#newThread(null)
    }
    const thread = this.#threads.get(id) ?? this.#newThread(id)
    this.#threads.set(id, thread)
    return thread
  }

  /** It is looked at: what may have changed in it is read. */
  show(thread: Thread): void {
    this.#shown = thread
    if (thread.state.id !== null) this.#keep(thread.state.id, thread)
    if (this.#isStarted) this.#read(thread)
  }

  /**
   * The user is known to the server, or it cannot be told. Again with another time: a further sync may have ended what made
   * the last reading fail.
   */
  start(syncedAt: number | null = null): void {
    if (this.#isStarted && (syncedAt === null || syncedAt === this.#syncedAt)) return
    this.#isStarted = true
    this.#syncedAt = syncedAt
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
    const fresh = this.#fresh
    if (fresh.key === conversationId && fresh.state.id === null && !isBusy(fresh.state)) {
      fresh.begunElsewhere()
      this.#keep(conversationId, fresh)
    }
    const thread = this.#threads.get(conversationId)
    if (thread) this.#read(thread)
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
    this.#draft(id).write('')
    for (const message of this.#outbox.of(id)) this.#outbox.forget(message.id)
    this.#threads.get(id)?.close()
    this.#threads.delete(id)
    this.#env.announce(id)
    return null
  }

  /** The user is leaving: nothing of theirs stays. */
  close(): void {
    this.#isClosed = true
    this.list.close()
    this.quotaWatch.close()
    this.#fresh.close()
    for (const thread of this.#threads.values()) thread.close()
    this.#threads.clear()
    forgetDrafts(this.#env.storage, { of: this.userId })
  }

  created(thread: Thread, conversation: Conversation): void {
    this.#threads.delete(thread.key)
    this.#keep(conversation.id, thread)
    this.list.touched(conversation)
  }

  unbegun(thread: Thread): void {
    // Nobody can look at it any more: its words are for the one that has taken its place.
    if (thread === this.#fresh) return
    this.#threads.delete(thread.key)
    this.#fresh.draft.giveBack(thread.giveUp())
  }

  touched(conversation: Conversation): void {
    this.#threads.get(conversation.id)?.named(conversation)
    this.list.touched(conversation)
    this.#env.announce(conversation.id)
  }

  settled(conversationId: string): void {
    this.#env.announce(conversationId)
    const thread = this.#threads.get(conversationId)
    if (thread && this.#stale.has(thread)) this.#read(thread)
  }

  quota(quota: Parameters<QuotaWatch['told']>[0]): void {
    this.quotaWatch.told(quota)
  }

  requota(): void {
    void this.quotaWatch.read()
  }

  exceeded(): void {
    this.quotaWatch.exceeded()
  }

  gone(conversationId: string, words: string): void {
    if (words !== '') this.#fresh.draft.giveBack(words)
    this.list.gone(conversationId)
  }

  #read(thread: Thread): void {
    if (isBusy(thread.state)) {
      this.#stale.add(thread)
    } else {
      this.#stale.delete(thread)
      void thread.read()
    }
  }

  #newThread(id: string | null, key = this.#env.uuid(), place = id ?? NEW): Thread {
    return new Thread({
      id,
      key,
      wire: this.#wire,
      env: this.#env,
      host: this,
      draft: this.#draft(place),
      outbox: this.#outbox,
    })
  }

  #draft(place: string): Draft {
    return new Draft(this.#env.storage, this.userId, place)
  }

  /** The latest at the end; the one that has been left alone the longest goes, unless it is being written. */
  #keep(id: string, thread: Thread): void {
    this.#threads.delete(id)
    this.#threads.set(id, thread)
    for (const [oldId, old] of this.#threads) {
      if (this.#threads.size <= THREADS_KEPT) return
      if (old === this.#shown || isBusy(old.state)) continue
      old.close()
      this.#threads.delete(oldId)
    }
  }
}
