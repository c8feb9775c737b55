/** Ways to begin a message, for the person to go on with. */

export const BEGINNINGS = {
  explain: 'Explain to me, with an everyday example, ',
  words: 'Help me write a short and friendly message that says ',
  plan: 'Make me a plan, step by step, for ',
  code: 'What does this code do, and what could go wrong in it?\n\n',
}

/** What somebody has written stays, behind the beginning; another beginning makes room for it. */
export function begunWith(beginning: string, draft: string): string {
  const before = Object.values(BEGINNINGS).find((other) => draft.startsWith(other)) ?? ''
  const own = draft.slice(before.length)
  return own.trim() === '' ? beginning : beginning + own
}
