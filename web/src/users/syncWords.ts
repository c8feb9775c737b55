/** The sync's state in plain words: what is shown and what is read aloud are the same. */
import type { SyncState } from './syncState.ts'
import type { SyncOutcome } from './user.ts'

const OUTCOMES: Record<SyncOutcome, string> = {
  created: 'Your row in Neon has just been created.',
  updated: 'Your latest details have been written to Neon.',
  unchanged: 'Neon had it all already; nothing needed to be written.',
  stale: 'Neon holds something newer than this page knew of, and keeps it.',
}

export function syncWords(sync: SyncState): { title: string; detail: string } {
  switch (sync.status) {
    case 'signed-out':
      return sync.deleted
        ? {
            title: 'Your account has been deleted',
            detail:
              'You have been signed out, and your details are no longer held. You can sign up again at any time.',
          }
        : { title: 'Signed out', detail: '' }
    case 'syncing':
      return sync.retrying
        ? { title: 'Trying again', detail: sync.retrying.title }
        : {
            title: 'Getting in step',
            detail: 'Comparing what Clerk knows about you with what Neon holds.',
          }
    case 'synced':
      return { title: 'In step', detail: OUTCOMES[sync.outcome] }
    case 'failed':
      return { title: sync.problem.title, detail: sync.problem.detail ?? '' }
  }
}
