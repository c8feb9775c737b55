/** Cutting time into pieces with about as many users each. */
import type { ClerkSettings } from '../clerk/api.ts'
import { countUsers } from '../clerk/lists.ts'
import type { Share } from './pass.ts'

/** Cuts a range so that no piece has many more users than `size`, as far as milliseconds can be cut. */
export async function divide(settings: ClerkSettings, whole: Share, size: number): Promise<Share[]> {
  const pieces: Share[] = []
  for (const { range, users } of await halve(settings, whole, size)) {
    const before = pieces.at(-1)
    // Halves of a half are often nearly empty: neighbours are put together again while there is room.
    if (before && before.users + users <= size)
      pieces.splice(-1, 1, {
        range: { after: before.range.after, before: range.before },
        users: before.users + users,
      })
    else pieces.push({ range, users })
  }
  return pieces
}

async function halve(settings: ClerkSettings, whole: Share, size: number): Promise<Share[]> {
  const { range, users } = whole
  if (users <= size || range.before - range.after <= 2) return [whole]
  const middle = Math.floor((range.after + range.before + 1) / 2)
  const older = { after: range.after, before: middle }
  const olderUsers = Math.min(users, await countUsers(settings, older))
  const newer = { range: { after: middle - 1, before: range.before }, users: users - olderUsers }
  const halves = await Promise.all([
    halve(settings, { range: older, users: olderUsers }, size),
    halve(settings, newer, size),
  ])
  return halves.flat()
}
