/** What the stand-in says: chosen by the words of the last question. No model has a part in it. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'

const parts = z.array(z.object({ text: z.string().optional() }))
const messages = z.array(
  z.object({
    role: z.string(),
    content: z
      .union([z.string(), parts.transform((all) => all.map(({ text = '' }) => text).join(''))])
      .nullish()
      .transform((content) => content ?? ''),
  }),
)

/** The first that is met by the question says the reply. */
const TOPICS: [RegExp, (question: Question) => string][] = [
  [/^repeat:\s*/i, ({ said }) => said.replace(/^repeat:\s*/i, '')],
  [/\b(tier|plan|quota)\b|how many messages|messages\b.*\bleft/i, ({ system }) => tierReply(system)],
  [/\b(long|story|tale|essay)\b/i, () => read('story')],
  [/\b(code|function|script|typescript|sql|program)\b/i, () => read('code')],
]

type Question = { said: string; system: string; turn: number }

/** @param conversation What came as `messages`: anything. */
export function replyTo(conversation: unknown): string {
  const all = messages.safeParse(conversation).data ?? []
  const texts = (role: string) => all.filter((message) => message.role === role).map(({ content }) => content)
  const questions = texts('user')
  const question = {
    said: (questions.at(-1) ?? '').trim(),
    system: texts('system').join('\n'),
    turn: questions.length,
  }
  const [, reply] = TOPICS.find(([pattern]) => pattern.test(question.said)) ?? []
  return (
    reply?.(question) ??
    read(question.turn > 1 ? 'again' : 'hello').replace('{{said}}', quoted(question.said))
  )
}

/** Out of what the application tells its model about who is asking. */
function tierReply(system: string): string {
  const tier = /^Tier: (\w+)$/m.exec(system)?.[1]
  const [, left, limit] = /^Messages left today: (\d+) of (\d+)$/m.exec(system) ?? []
  if (!tier && !left) return 'I have not been told what plan you are on.'
  return [
    tier && `You are on the **${tier}** tier.`,
    left && `After this one you have **${left} of ${limit}** messages left today.`,
    left === '0' && 'That was the last; tomorrow there are new ones.',
  ]
    .filter(Boolean)
    .join(' ')
}

const read = (name: string) =>
  readFileSync(path.join(import.meta.dirname, `replies/${name}.md`), 'utf8').trim()

const QUOTED_LENGTH = 120

/** Their own words on one line, whatever is in them. */
function quoted(said: string): string {
  const line = [...said.replace(/\s+/g, ' ')]
  return line.length > QUOTED_LENGTH ? `${line.slice(0, QUOTED_LENGTH).join('')}…` : line.join('')
}
