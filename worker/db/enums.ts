/** The words that columns may hold, apart from the tables: the Worker needs the words alone. */

/** What a user may be: the tier is Neon's own, and no snapshot ever touches it. */
export const TIERS = ['FREE', 'PRO', 'MAXX'] as const

/** The doors through which a snapshot may come. */
export const SYNC_SOURCES = ['login', 'webhook', 'reconcile'] as const

/** What applying a snapshot did. `stale`: older than what is held; `deleted`: the user is gone, and stays so. */
export const SYNC_OUTCOMES = ['created', 'updated', 'unchanged', 'stale', 'deleted'] as const

/** Who started a pass of the clock's door. */
export const RUN_TRIGGERS = ['cron', 'admin', 'cli'] as const

/** `stopped`: it found something that it would not do by itself. */
export const RUN_STATUSES = ['running', 'complete', 'stopped', 'failed'] as const

export const DELIVERY_OUTCOMES = [...SYNC_OUTCOMES, 'dead-letter'] as const

/** Who has written a message. */
export const MESSAGE_ROLES = ['user', 'assistant'] as const

/** How far a reply has come. `stopped`: its reader went away; `failed`: the model, or what was to keep its words, did. */
export const REPLY_STATUSES = ['pending', 'complete', 'stopped', 'failed'] as const
