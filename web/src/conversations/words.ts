/** What the chat page says, apart from where it says it. */
import type { Problem } from '../api/problem.ts'

/** What helps, by the problem's code; the API's own `detail` goes before. */
const ADVICE: Record<string, string> = {
  network: 'Your message is kept. Check your connection, then try again.',
  unsent: 'It is kept on this device. Try again; it counts once.',
  timeout: 'Your message is kept. Try again in a moment; it counts once.',
  interrupted:
    'What there is of it is kept. Trying again asks for the whole reply, and does not count twice.',
  assistant_unavailable: 'Your message is kept, and trying again does not count twice.',
  quota_exceeded: 'Your message is kept. Try again when the next day has begun.',
  database_unavailable: 'Your message is kept. This usually passes within a minute.',
  unauthenticated: 'Your message is kept. Sign out and in again to go on.',
  session_pending: 'Finish the steps that signing in still asks for, then try again.',
  user_banned: 'If you think that is a mistake, tell support the number of the request.',
  user_deleted: 'You are being signed out.',
  forbidden: 'Who acts for somebody else may read here, and not write.',
  conflict: 'Trying again sends it as a new message.',
  invalid: 'Change the message and send it again.',
  payload_too_large: 'Make the message shorter and send it again.',
  misconfigured: 'Whoever runs SwarAI has to mend its settings.',
}

/** Codes whose `detail` was written for another page. */
const OWN_WORDS = ['network', 'timeout', 'interrupted', 'unauthenticated']

export function adviceOf({ code, detail, errors }: Problem): string {
  const own =
    ADVICE[code] ?? 'Your message is kept. Try again; if that does not help, tell support the request.'
  if (OWN_WORDS.includes(code)) return own
  return detail ?? (errors?.[0] ? `${errors[0].message}. ${own}` : own)
}

/** Of a reply that failed. With words there it broke off, whyever: so it is told after a reload, when nobody knows why. */
export function failedWords(said: string, problem: Problem | null): string {
  if (problem && (said === '' || problem.code === 'interrupted')) return problem.title
  return said === '' ? 'There was no reply' : 'The reply broke off'
}

/** Why a reply ends where it does, if not of its own accord. */
export function cutOffWords(finishReason: string | null): string | null {
  if (finishReason === null || finishReason === 'stop') return null
  const why: Record<string, string> = {
    length: 'it has reached the longest that a reply may be',
    content_filter: 'the model’s filter let no more of it through',
  }
  return `The reply was cut off: ${why[finishReason] ?? 'the model went no further'}.`
}

/** A conversation without a title has not been named by its first message yet. */
export const titleOf = (title: string | null | undefined) => title || 'New conversation'

/** What a thread is called: one that has been before and could not be read yet is not a new one. */
export const headingOf = (title: string | null | undefined, isNew: boolean) =>
  title === undefined && !isNew ? 'Conversation' : titleOf(title)

export function greeting(hour: number, firstName: string | null): string {
  const words =
    hour < 5 ? 'Still awake' : hour < 12 ? 'Good morning' : hour < 18 ? 'Good afternoon' : 'Good evening'
  return firstName ? `${words}, ${firstName}` : words
}
