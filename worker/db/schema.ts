/** The tables, as drizzle-kit turns them into `drizzle/`. */
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import {
  DELIVERY_OUTCOMES,
  MESSAGE_ROLES,
  REPLY_STATUSES,
  RUN_STATUSES,
  RUN_TRIGGERS,
  SYNC_SOURCES,
  TIERS,
} from './enums.ts'

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
const oneOf = (values: readonly string[]) => sql.raw(values.map((value) => `'${value}'`).join(', '))

/** The mirrored profile, and the tier, which is ours. */
export const users = pgTable(
  'users',
  {
    /** Clerk's user id. */
    id: text('id').primaryKey(),
    /** NULL: the user has none in Clerk, or has lost it to a newer claim. */
    email: text('email').unique('users_email_unique'),
    firstName: text('first_name'),
    lastName: text('last_name'),
    imageUrl: text('image_url'),
    tier: text('tier', { enum: TIERS }).notNull().default('FREE'),
    /** Clerk's times, not ours: when the user signed up, and the version of the profile that this row shows. */
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    // A pass compares Clerk's pages with the same stretch of ours; the admins' list is read from its end.
    index('users_newest_index').on(table.createdAt, table.id),
    // What an admin may type to find somebody: the beginning of the address, of the whole name, or of the last name.
    index('users_email_search_index').on(sql`lower(${table.email}) text_pattern_ops`),
    index('users_name_search_index').on(
      sql`lower(coalesce(${table.firstName} || ' ', '') || coalesce(${table.lastName}, '')) text_pattern_ops`,
    ),
    index('users_last_name_search_index')
      .on(sql`lower(${table.lastName}) text_pattern_ops`)
      .where(sql`${table.lastName} is not null`),
    // A first fill writes nothing to it, and a tier of its own is counted from here and not from all users.
    index('users_paid_index').on(table.tier).where(sql`${table.tier} <> 'FREE'`),
    // Where few are without an address they are counted from here and not from all users. Where people sign in by phone or by
    // name it is everybody, so nobody counts beyond a limit.
    index('users_without_email_index').on(table.id).where(sql`${table.email} is null`),
    check('users_tier_check', sql`${table.tier} in (${oneOf(TIERS)})`),
  ],
)

/**
 * What we know about keeping a user in step: the row that every writer of one user queues on. It has no foreign key,
 * because it outlives the user: then it is the tombstone that refuses revival, and holds no personal data.
 */
export const syncState = pgTable(
  'sync_state',
  {
    userId: text('user_id').primaryKey(),
    /** Clerk's `updated_at` of the newest snapshot applied, in milliseconds. */
    version: bigint('version', { mode: 'number' }).notNull(),
    deletedAt: instant('deleted_at'),
    bannedAt: instant('banned_at'),
    /** When a snapshot last changed the row. */
    syncedAt: instant('synced_at').notNull().defaultNow(),
    /** When the user last came by. */
    seenAt: instant('seen_at'),
    /** The door through which the newest snapshot came. */
    source: text('source', { enum: SYNC_SOURCES }).notNull(),
  },
  (table) => [
    // Whom no webhook told us of, newest first. The webhook's own door, the busiest, never writes to it.
    index('sync_state_other_doors_index')
      .on(table.source, table.syncedAt, table.version)
      .where(sql`${table.source} <> 'webhook' and ${table.deletedAt} is null`),
    index('sync_state_gone_index')
      .on(table.deletedAt, table.bannedAt)
      .where(sql`${table.deletedAt} is not null or ${table.bannedAt} is not null`),
    check('sync_state_source_check', sql`${table.source} in (${oneOf(SYNC_SOURCES)})`),
  ],
)

/** What Clerk's webhook told us and what came of it, written together with its effect. Deliveries are at least once. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** `svix-id`: the same on every retry and replay. */
    messageId: text('message_id').primaryKey(),
    type: text('type').notNull(),
    userId: text('user_id'),
    outcome: text('outcome', { enum: DELIVERY_OUTCOMES }).notNull(),
    /** Of a dead letter: authentic, but of no use to us. */
    reason: text('reason'),
    /** How often it has arrived. */
    attempts: integer('attempts').notNull().default(1),
    /** From Clerk's `updated_at` to our first commit, in milliseconds; NULL where Clerk gives no time. */
    lagMs: bigint('lag_ms', { mode: 'number' }),
    receivedAt: instant('received_at').notNull().defaultNow(),
  },
  (table) => [
    index('webhook_deliveries_received_at_index').on(table.receivedAt),
    // The newest that was of use is found below any number of dead letters.
    index('webhook_deliveries_used_index').on(table.receivedAt).where(sql`${table.outcome} <> 'dead-letter'`),
    index('webhook_deliveries_dead_letters_index')
      .on(table.receivedAt)
      .where(sql`${table.outcome} = 'dead-letter'`),
    check('webhook_deliveries_outcome_check', sql`${table.outcome} in (${oneOf(DELIVERY_OUTCOMES)})`),
  ],
)

/** What each pass of the clock's door found and did. */
export const reconcileRuns = pgTable(
  'reconcile_runs',
  {
    /** The Workflow instance's id, or a UUID of the command line's. */
    id: text('id').primaryKey(),
    trigger: text('trigger', { enum: RUN_TRIGGERS }).notNull(),
    dryRun: boolean('dry_run').notNull(),
    status: text('status', { enum: RUN_STATUSES }).notNull(),
    /** Why it was stopped or has failed, in plain words. */
    reason: text('reason'),
    /** How many users each side had when it began. */
    clerkCount: integer('clerk_count'),
    neonCount: integer('neon_count'),
    /** What it met and did, by kind: `{ listed, created, updated, … }`. */
    counts: jsonb('counts').$type<Record<string, number>>().notNull().default({}),
    startedAt: instant('started_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    index('reconcile_runs_started_at_index').on(table.startedAt),
    check('reconcile_runs_trigger_check', sql`${table.trigger} in (${oneOf(RUN_TRIGGERS)})`),
    check('reconcile_runs_status_check', sql`${table.status} in (${oneOf(RUN_STATUSES)})`),
  ],
)

/** The day's message count. Days begin at midnight in `QUOTA_TIME_ZONE`. */
export const rateLimits = pgTable('rate_limits', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  windowStart: instant('window_start').notNull(),
  messageCount: integer('message_count').notNull().default(0),
  /** How many of its messages the model has said nothing to. */
  unansweredCount: integer('unanswered_count').notNull().default(0),
})

/**
 * A user's conversations. The owner is the first part of the key, here and in `messages`: a query that forgets whose they
 * are finds nothing to stand on.
 */
export const conversations = pgTable(
  'conversations',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    id: uuid('id').notNull(),
    /** NULL until it is named, or its first message names it. */
    title: text('title'),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** When it was begun or last written in; renaming it does not count. */
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ name: 'conversations_pkey', columns: [table.userId, table.id] }),
    index('conversations_newest_index').on(table.userId, table.updatedAt, table.id),
  ],
)

/** What was said. A message and the reply to it are written together, the reply empty and `pending`. */
export const messages = pgTable(
  'messages',
  {
    userId: text('user_id').notNull(),
    /** A message's is chosen by the client, so that sending it again is known; a reply's by us. */
    id: uuid('id').notNull(),
    conversationId: uuid('conversation_id').notNull(),
    /** Their order in the conversation. */
    position: bigint('position', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
    role: text('role', { enum: MESSAGE_ROLES }).notNull(),
    content: text('content').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** Of a reply alone, from here on: the message that it answers. */
    replyTo: uuid('reply_to'),
    status: text('status', { enum: REPLY_STATUSES }),
    /** How often the model has been asked for it, and when it was asked last. */
    attempt: smallint('attempt'),
    attemptedAt: instant('attempted_at'),
    /** The beginning of the day that it counts in; NULL when it has been given back. */
    windowStart: instant('window_start'),
    promptTokens: integer('prompt_tokens'),
    completionTokens: integer('completion_tokens'),
  },
  (table) => [
    primaryKey({ name: 'messages_pkey', columns: [table.userId, table.id] }),
    foreignKey({
      name: 'messages_conversation_fk',
      columns: [table.userId, table.conversationId],
      foreignColumns: [conversations.userId, conversations.id],
    }).onDelete('cascade'),
    index('messages_history_index').on(table.userId, table.conversationId, table.position),
    uniqueIndex('messages_reply_unique')
      .on(table.userId, table.replyTo)
      .where(sql`${table.replyTo} is not null`),
    check('messages_role_check', sql`${table.role} in (${oneOf(MESSAGE_ROLES)})`),
    check('messages_status_check', sql`${table.status} in (${oneOf(REPLY_STATUSES)})`),
    check(
      'messages_reply_check',
      sql`num_nonnulls(${table.replyTo}, ${table.status}, ${table.attempt}, ${table.attemptedAt}) =
        case ${table.role} when 'assistant' then 4 else 0 end`,
    ),
  ],
)

/** What a user has used on a day of `QUOTA_TIME_ZONE`. It stays when conversations go, and goes with the user. */
export const usageDaily = pgTable(
  'usage_daily',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    day: date('day').notNull(),
    messages: integer('messages').notNull().default(0),
    promptTokens: bigint('prompt_tokens', { mode: 'number' }).notNull().default(0),
    completionTokens: bigint('completion_tokens', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    primaryKey({ name: 'usage_daily_pkey', columns: [table.userId, table.day] }),
    // A day's users in an order that has nothing to do with them: its beginning is a fair sample, and the same on every day.
    index('usage_daily_sample_index').on(table.day, sql`left(md5(${table.userId}), 8)`),
  ],
)

/** Who has changed whose tier. */
export const tierChanges = pgTable(
  'tier_changes',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    fromTier: text('from_tier', { enum: TIERS }).notNull(),
    toTier: text('to_tier', { enum: TIERS }).notNull(),
    /** An admin's user id, or `cli`. */
    actor: text('actor').notNull(),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (table) => [
    index('tier_changes_user_index').on(table.userId, table.changedAt),
    check('tier_changes_from_check', sql`${table.fromTier} in (${oneOf(TIERS)})`),
    check('tier_changes_to_check', sql`${table.toTier} in (${oneOf(TIERS)})`),
  ],
)
