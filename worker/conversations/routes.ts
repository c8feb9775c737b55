/** Conversations and what is said in them, each its owner's alone. */
import { Hono } from 'hono'
import * as z from 'zod/mini'
import { requireIdentity } from '../auth/require-identity.ts'
import { requireInPerson } from '../auth/require-in-person.ts'
import { Problem } from '../errors.ts'
import { type AppEnv, jsonBody, queryOf, text, wholeNumber } from '../http.ts'
import { quotaHeaders } from '../quota/tiers.ts'
import { exceeded, streamAnswer } from './answer.ts'
import { requireAssistant } from './assistant.ts'
import { titleFrom } from './conversation.ts'
import type { Sending } from './exchange-rule.ts'
import { acceptMessage, listMessages } from './exchange-store.ts'
import {
  type ConversationCursor,
  createConversation,
  deleteConversation,
  listConversations,
  readConversation,
  renameConversation,
} from './store.ts'

const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

/** In small letters, as PostgreSQL tells it: a client that compares ids finds its own again. */
const uuid = z.string().check(z.regex(new RegExp(`^${UUID}$`, 'i'), 'is not a UUID'), z.toLowerCase())

/** A long letter. In any alphabet it stays below what a body may have. */
const MAX_MESSAGE_CHARS = 16_000
const MAX_TITLE_CHARS = 200

const isSaid = (value: string) => value.trim() !== ''
const title = text(MAX_TITLE_CHARS).check(z.refine(isSaid, 'is empty'))
const newConversation = z.object({ id: z.optional(uuid), title: z.optional(z.nullable(title)) })
const newTitle = z.object({ title })
const newMessage = z.object({
  id: uuid,
  content: text(MAX_MESSAGE_CHARS).check(z.refine(isSaid, 'is empty')),
})

const limit = z._default(wholeNumber(1, 100), 30)

/** A time in microseconds and an id. */
const conversationCursor = z.pipe(
  z.string().check(z.regex(new RegExp(`^\\d{1,16}_${UUID}$`), 'is not a cursor')),
  z.transform((cursor: string): ConversationCursor => {
    const [microseconds = '', id = ''] = cursor.split('_')
    return { microseconds, id }
  }),
)
const listing = z.object({
  limit,
  cursor: z.optional(conversationCursor),
  query: z.optional(text(MAX_TITLE_CHARS)),
})

/** A position in the conversation. */
const messageCursor = z.string().check(z.regex(/^\d{1,18}$/, 'is not a cursor'))
const reading = z.object({ limit, cursor: z.optional(messageCursor) })

export const conversationRoutes = new Hono<AppEnv>()
  .get('/', requireIdentity, queryOf(listing), async (c) => {
    const { subject } = c.get('identity')
    const { conversations, next } = await listConversations(c.get('config'), subject, c.req.valid('query'))
    return c.json({ conversations, nextCursor: next && `${next.microseconds}_${next.id}` })
  })
  .post('/', requireIdentity, requireInPerson, jsonBody(newConversation), async (c) => {
    const { id = crypto.randomUUID(), title = null } = c.req.valid('json')
    const conversation = await createConversation(c.get('config'), c.get('identity').subject, id, title)
    return c.json({ conversation }, 201)
  })
  .get('/:id', requireIdentity, async (c) => {
    const conversation = await readConversation(
      c.get('config'),
      c.get('identity').subject,
      idOf(c.req.param('id')),
    )
    return c.json({ conversation })
  })
  .patch('/:id', requireIdentity, requireInPerson, jsonBody(newTitle), async (c) => {
    const { title } = c.req.valid('json')
    const conversation = await renameConversation(
      c.get('config'),
      c.get('identity').subject,
      idOf(c.req.param('id')),
      title,
    )
    return c.json({ conversation })
  })
  .delete('/:id', requireIdentity, requireInPerson, async (c) => {
    await deleteConversation(c.get('config'), c.get('identity').subject, idOf(c.req.param('id')))
    return c.body(null, 204)
  })
  .get('/:id/messages', requireIdentity, queryOf(reading), async (c) => {
    const { subject } = c.get('identity')
    const { messages, next, quota } = await listMessages(
      c.get('config'),
      subject,
      idOf(c.req.param('id')),
      c.req.valid('query'),
    )
    return c.json({ messages, nextCursor: next }, 200, quotaHeaders(quota))
  })
  .post('/:id/messages', requireIdentity, requireInPerson, jsonBody(newMessage), async (c) => {
    const config = c.get('config')
    requireAssistant(config)
    const { id, content } = c.req.valid('json')
    const sending: Sending = {
      userId: c.get('identity').subject,
      conversationId: idOf(c.req.param('id')),
      messageId: id,
      content,
      title: titleFrom(content),
      replyId: crypto.randomUUID(),
    }
    const acceptance = await acceptMessage(config, sending)
    if (acceptance.verdict === 'exceeded') throw exceeded(acceptance.quota)
    for (const [name, value] of Object.entries(quotaHeaders(acceptance.quota))) c.header(name, value)
    return streamAnswer(c, sending, acceptance)
  })

/** What is no id names nothing, like an id of somebody else's. @throws {Problem} `not_found`. */
function idOf(parameter: string): string {
  const id = uuid.safeParse(parameter)
  if (!id.success) throw new Problem('not_found')
  return id.data
}
