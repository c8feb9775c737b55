/** The tables, as drizzle-kit turns them into `drizzle/`. */
import { sql } from 'drizzle-orm'
import { bigint, boolean, check, index, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { DELIVERY_OUTCOMES, RUN_STATUSES, RUN_TRIGGERS, SYNC_SOURCES, TIERS } from './enums.ts'

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
    // A pass compares Clerk's pages with the same stretch of ours.
    index('users_created_at_index').on(table.createdAt),
    // Few at any time: what is without an address is counted from here and not from all users.
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
})
