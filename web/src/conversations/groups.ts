/** The list's conversations under the headings that a person would look under. */
import type { Conversation } from './conversation.ts'

export interface Group {
  name: string
  conversations: Conversation[]
}

const DAY_MS = 86_400_000

/** By the reader's own days, newest first. */
export function byDay(conversations: readonly Conversation[], now: number): Group[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  const groups: Group[] = []
  for (const conversation of conversations) {
    const name = dayName(Date.parse(conversation.updatedAt), midnight)
    const last = groups.at(-1)
    if (last?.name === name) last.conversations.push(conversation)
    else groups.push({ name, conversations: [conversation] })
  }
  return groups
}

function dayName(time: number, midnight: number): string {
  if (time >= midnight) return 'Today'
  if (time >= midnight - DAY_MS) return 'Yesterday'
  return time >= midnight - 7 * DAY_MS ? 'Last 7 days' : 'Earlier'
}
