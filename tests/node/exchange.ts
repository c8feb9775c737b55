/** Users who talk, on a database whose clock the test may set. */
import { randomUUID } from 'node:crypto'
import type { Sending, Settlement } from '../../worker/conversations/exchange-rule.ts'
import { type Acceptance, acceptMessage, settleReply } from '../../worker/conversations/exchange-store.ts'
import { createConversation } from '../../worker/conversations/store.ts'
import type { Config } from '../../worker/env.ts'
import { Problem } from '../../worker/errors.ts'
import { applySnapshot } from '../../worker/users/store.ts'
import { openSandbox, type Sandbox, snapshot } from './rule.ts'

type Settings = Sandbox['settings'] &
  Pick<Config, 'QUOTA_FREE' | 'QUOTA_PRO' | 'QUOTA_MAXX' | 'QUOTA_TIME_ZONE'>

export type Talk = Omit<Sandbox, 'settings'> & {
  settings: Settings
  setClock: (time: string | null) => Promise<void>
}

export async function openTalk(): Promise<Talk> {
  const sandbox = await openSandbox()
  // Found before PostgreSQL's own, the function makes the database's clock stand where a test has set it.
  const client = await sandbox.pool.connect()
  await client.query(`
    create schema test_clock;
    create table test_clock.setting (time timestamptz);
    create function test_clock.clock_timestamp() returns timestamptz language sql volatile as
      'select coalesce((select time from test_clock.setting), pg_catalog.clock_timestamp())';
    do $$ begin
      execute format('alter database %I set search_path = test_clock, pg_catalog, public', current_database());
    end $$`)
  // It would go on with the search path that it began with.
  client.release(true)
  return {
    ...sandbox,
    settings: {
      ...sandbox.settings,
      QUOTA_FREE: 10,
      QUOTA_PRO: 100,
      QUOTA_MAXX: 1000,
      QUOTA_TIME_ZONE: 'UTC',
    },
    setClock: async (time) => {
      await sandbox.pool.query('delete from test_clock.setting')
      if (time) await sandbox.pool.query('insert into test_clock.setting values ($1)', [time])
    },
  }
}

export async function newUser(
  { settings }: Talk,
  id = `user_${randomUUID().replaceAll('-', '')}`,
): Promise<string> {
  await applySnapshot(settings, snapshot(id, 1, null), { source: 'login', seen: true })
  return id
}

/** @returns the conversation's id. */
export async function newConversation({ settings }: Talk, userId: string): Promise<string> {
  return (await createConversation(settings, userId, randomUUID(), null)).id
}

export const newSending = (userId: string, conversationId: string, more: Partial<Sending> = {}): Sending => ({
  userId,
  conversationId,
  messageId: randomUUID(),
  content: 'How are you?',
  title: 'How are you?',
  replyId: randomUUID(),
  ...more,
})

/** What becomes of a message, as a word: a verdict, or a problem's code. */
export async function send(talk: Talk, sending: Sending): Promise<Acceptance['verdict'] | string> {
  try {
    return (await acceptMessage(talk.settings, sending)).verdict
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

/**
 * The same until the database has had time for it: of hundreds at once, on a busy machine, not everybody's turn comes before
 * their deadline. It is the same sending each time, and counts once.
 */
export async function insist(talk: Talk, sending: Sending): Promise<string> {
  for (;;) {
    const outcome = await send(talk, sending)
    if (outcome !== 'database_unavailable') return outcome
  }
}

export const settle = (
  talk: Talk,
  sending: Sending,
  settlement: Partial<Settlement> = {},
  mayBeDone?: boolean,
) =>
  settleReply(
    talk.settings,
    sending,
    {
      content: 'Well.',
      status: 'complete',
      usage: { promptTokens: 7, completionTokens: 3 },
      giveBack: false,
      ...settlement,
    },
    mayBeDone,
  )

/** A settlement of a model that said nothing. */
export const NOTHING: Partial<Settlement> = { content: '', status: 'failed', usage: null, giveBack: true }

/** What is written down of a user, across all tables. */
export async function books({ pool }: Talk, userId: string) {
  const { rows } = await pool.query(
    `select
      (select message_count from rate_limits where user_id = $1) as counted,
      (select sum(messages)::int from usage_daily where user_id = $1) as used,
      (select count(*)::int from messages where user_id = $1 and role = 'user') as messages,
      (select count(*)::int from messages where user_id = $1 and role = 'assistant') as replies`,
    [userId],
  )
  return rows[0]
}

/** How often each word occurs. */
export function tally(words: string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
