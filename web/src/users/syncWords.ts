/** The sync's state in plain words: what is shown and what is read aloud are the same. */
import type { Problem } from '../api/problem.ts'
import { isRetryable } from '../api/retry.ts'
import type { SyncState } from './syncState.ts'
import type { SyncOutcome } from './user.ts'

const OUTCOMES: Record<SyncOutcome, string> = {
  created: 'Your row in Neon has just been created.',
  updated: 'Your latest details have been written to Neon.',
  unchanged: 'Neon had it all already; nothing needed to be written.',
  stale: 'Neon holds something newer than this page knew of, and keeps it.',
}

/** What helps, where the API's answer does not say it itself. */
const ADVICE: Record<string, string> = {
  unauthenticated: 'Sign out and in again to go on.',
  session_pending: 'Finish the steps that signing in still asks for; this goes on by itself then.',
  user_banned: 'If you think that is a mistake, tell support the number of the request.',
  user_deleted: 'You are being signed out.',
  misconfigured: 'Whoever runs SwarAI has to mend its settings. This page keeps trying.',
}

const PASSES = 'Nothing of yours is lost, and this usually passes within a minute.'
const STAYS = 'Try it once more; if that does not help, tell support the number of the request.'

export function syncWords(sync: SyncState): { title: string; detail: string } {
  switch (sync.status) {
    case 'signed-out':
      return sync.deleted
        ? {
            title: 'Your account has been deleted',
            detail: 'You have been signed out. You can sign up again at any time.',
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
      return failureWords(sync.problem)
  }
}

function failureWords(problem: Problem) {
  const advice = ADVICE[problem.code] ?? (isRetryable(problem) ? PASSES : STAYS)
  return { title: problem.title, detail: problem.detail ?? advice }
}

/** What is read aloud. While a retry runs it stays what it was, so that an outage is told once and not every time. */
export function spokenWords(sync: SyncState): string {
  if (sync.status === 'syncing') return sync.retrying ? spoken(failureWords(sync.retrying)) : ''
  if (sync.status === 'signed-out' && !sync.deleted) return ''
  return spoken(syncWords(sync))
}

const spoken = ({ title, detail }: { title: string; detail: string }) => `${title}. ${detail}`
