/** What a thread is made of, and what it tells of itself to whoever holds it. */

import type { Wire } from '../api/wire.ts'
import type { Quota } from '../users/user.ts'
import type { Conversation } from './conversation.ts'
import type { Draft } from './drafts.ts'
import type { Outbox } from './outbox.ts'
import type { Thread } from './thread.ts'
import type { ThreadEnvironment } from './threadReading.ts'

export interface ThreadParts {
  /** Null for one that has yet to begin. */
  id: string | null
  key: string
  wire: Wire
  env: ThreadEnvironment
  host: ThreadHost
  draft: Draft
  outbox: Outbox
}

export interface ThreadHost {
  created(thread: Thread, conversation: Conversation): void
  /** Its first message could not be sent, because the conversation could not begin. */
  unbegun(thread: Thread): void
  /** Begun, named or written in. */
  touched(conversation: Conversation): void
  /** A reply has ended, whichever way. */
  settled(conversationId: string): void
  quota(quota: Quota): void
  /** The quota has changed by an amount that nobody told. */
  requota(): void
  /** A message was refused because none are left. */
  exceeded(): void
  /** The conversation is no more, what was written for it is. */
  gone(conversationId: string, words: string): void
}
