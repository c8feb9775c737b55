/** The signed-in user's chat: one for as long as they stay, whichever page of it is looked at. */
import { useClerk, useSession } from '@clerk/react'
import { useEffect, useState } from 'react'
import { isRecord, text } from '../api/json.ts'
import { api } from '../api/origin.ts'
import type { SyncState } from '../users/syncState.ts'
import { whenSignedOut } from '../users/useFarewell.ts'
import { Chat } from './chat.ts'

interface Speaker {
  userId: string
  getToken(options: { skipCache: boolean }): Promise<string | null>
  signOut(): Promise<void>
}

let speaker: Speaker | null = null
let current: { chat: Chat; channel: BroadcastChannel } | null = null

export function useChat(userId: string, sync: SyncState): Chat {
  const { session } = useSession()
  const clerk = useClerk()
  const [chat] = useState(() => chatOf(userId))

  useEffect(() => {
    if (session?.user.id !== userId) return
    speaker = {
      userId,
      getToken: (options) => session.getToken(options),
      signOut: () => clerk.signOut({ sessionId: session.id, redirectUrl: '/' }),
    }
  }, [session, clerk, userId])

  // Before the first sync the server may not know this user; a sync that fails does not keep anybody from trying.
  const isKnown = sync.status === 'synced' || sync.status === 'failed'
  const syncedAt = sync.status === 'synced' ? sync.lastSyncedAt : null
  useEffect(() => {
    if (isKnown) chat.start(syncedAt)
  }, [chat, isKnown, syncedAt])

  useEffect(() => {
    const whenSeen = () => {
      if (document.visibilityState === 'visible') chat.wake()
    }
    addEventListener('online', chat.wake)
    document.addEventListener('visibilitychange', whenSeen)
    return () => {
      removeEventListener('online', chat.wake)
      document.removeEventListener('visibilitychange', whenSeen)
    }
  }, [chat])

  return chat
}

function chatOf(userId: string): Chat {
  if (current?.chat.userId === userId) return current.chat
  leave()
  const channel = new BroadcastChannel(`swarai.chat.${userId}`)
  const chat = new Chat(userId, {
    api,
    // Of this very user: after a switch of accounts, "the current session" would be somebody else's.
    getToken: async (options) => (speaker?.userId === userId ? speaker.getToken(options) : null),
    now: Date.now,
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    uuid: () => crypto.randomUUID(),
    // For the same reason.
    deleted() {
      if (speaker?.userId === userId) speaker.signOut().catch(() => {})
    },
    storage: localStorage,
    announce: (id) => channel.postMessage({ changed: id }),
  })
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    const changed = isRecord(data) ? text(data.changed) : null
    if (changed !== null) chat.heard(changed)
  }
  current = { chat, channel }
  return chat
}

function leave(): void {
  current?.channel.close()
  current?.chat.close()
  current = null
}

whenSignedOut((userId) => {
  if (current?.chat.userId === userId) leave()
})
