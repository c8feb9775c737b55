/** How the sync is doing, as the API tells it: parsed once where it arrives. */
import { count, isRecord, text } from '../api/json.ts'

export const LEVELS = ['good', 'warn', 'bad'] as const
export const SOURCES = ['webhook', 'login', 'reconcile'] as const
export const OUTCOMES = [
  'created',
  'updated',
  'applied',
  'unchanged',
  'stale',
  'deleted',
  'dead-letter',
] as const
export const RUN_STATUSES = ['running', 'complete', 'stopped', 'failed'] as const

export type Source = (typeof SOURCES)[number]
export type Outcome = (typeof OUTCOMES)[number]
export type RunStatus = (typeof RUN_STATUSES)[number]

export interface Finding {
  level: (typeof LEVELS)[number]
  title: string
  detail: string
}

export interface Lag {
  source: Source
  samples: number
  p50Ms: number
  p95Ms: number
  maxMs: number
}

export interface DayCount {
  /** `2026-01-31`, UTC. */
  day: string
  source: Source
  outcome: Outcome
  count: number
}

export interface DeadLetter {
  messageId: string
  type: string
  /** Known: it may be tried again with Clerk's word on that user. */
  userId: string | null
  reason: string | null
  attempts: number
  /** Milliseconds since 1970, as every time here. */
  receivedAt: number
}

export interface Pass {
  id: string
  trigger: string
  dryRun: boolean
  status: RunStatus
  reason: string | null
  clerkCount: number | null
  neonCount: number | null
  counts: [kind: string, count: number][]
  startedAt: number
  finishedAt: number | null
}

/** How far the sides are apart, as the newest pass or dry run to come through has left them. */
export interface Drift {
  at: number
  clerk: number
  neon: number
  /** More in Clerk than in Neon; fewer, where it is negative. */
  apart: number
  missing: number
  outdated: number
  orphaned: number
}

export interface UserCounts {
  total: number
  isEstimate: boolean
  tombstones: number
  banned: number
  withoutEmail: number
}

export interface Report {
  /** The most pressing first; never none. */
  verdict: [Finding, ...Finding[]]
  /** The newest delivery, and the newest that was of use. */
  lastDeliveryAt: number | null
  lastUsedAt: number | null
  /** Nobody has looked yet: null. */
  drift: Drift | null
  deadLetterCount: number
  /** Of each door, the newest so many are counted. */
  countLimit: number
  /** The figures of which there are more than is told, by their names. */
  atLeast: string[]
  lag: Lag[]
  outcomes: DayCount[]
  deadLetters: DeadLetter[]
  passes: Pass[]
  users: UserCounts
}

/** Null when this is no report; an entry that a newer Worker writes differently is left out. */
export function parseReport(body: unknown): Report | null {
  if (!isRecord(body)) return null
  const [first, ...others] = list(body.verdict, parseFinding)
  const users = parseUserCounts(body.users)
  if (!first || !users) return null
  return {
    verdict: [first, ...others],
    lastDeliveryAt: time(body.lastDeliveryAt),
    lastUsedAt: time(body.lastUsedAt),
    drift: isRecord(body.drift) ? parseDrift(body.drift) : null,
    deadLetterCount: count(body.deadLetterCount) ?? 0,
    countLimit: count(body.countLimit) ?? Number.POSITIVE_INFINITY,
    atLeast: Array.isArray(body.atLeast) ? body.atLeast.filter((name) => typeof name === 'string') : [],
    lag: list(body.lag, parseLag),
    outcomes: list(body.outcomes, parseDayCount),
    deadLetters: list(body.deadLetters, parseDeadLetter),
    passes: list(body.passes, parsePass),
    users,
  }
}

type Json = Record<string, unknown>

const list = <T>(value: unknown, parse: (item: Json) => T | null): T[] =>
  Array.isArray(value) ? value.flatMap((item) => (isRecord(item) ? (parse(item) ?? []) : [])) : []

const oneOf = <T extends string>(allowed: readonly T[], value: unknown): T | null =>
  allowed.find((word) => word === value) ?? null

function time(value: unknown): number | null {
  const at = Date.parse(text(value) ?? '')
  return Number.isNaN(at) ? null : at
}

function parseFinding(item: Json): Finding | null {
  const level = oneOf(LEVELS, item.level)
  const title = text(item.title)
  return level && title !== null ? { level, title, detail: text(item.detail) ?? '' } : null
}

function parseLag(item: Json): Lag | null {
  const source = oneOf(SOURCES, item.source)
  const [samples, p50Ms, p95Ms, maxMs] = [
    count(item.samples),
    count(item.p50Ms),
    count(item.p95Ms),
    count(item.maxMs),
  ]
  if (!source || samples === null || p50Ms === null || p95Ms === null || maxMs === null) return null
  return { source, samples, p50Ms, p95Ms, maxMs }
}

function parseDayCount(item: Json): DayCount | null {
  const day = text(item.day)
  const source = oneOf(SOURCES, item.source)
  const outcome = oneOf(OUTCOMES, item.outcome)
  const number = count(item.count)
  if (day === null || !source || !outcome || number === null) return null
  return { day, source, outcome, count: number }
}

function parseDeadLetter(item: Json): DeadLetter | null {
  const messageId = text(item.messageId)
  const receivedAt = time(item.receivedAt)
  if (messageId === null || receivedAt === null) return null
  const attempts = count(item.attempts) ?? 1
  return {
    messageId,
    receivedAt,
    attempts,
    type: text(item.type) ?? '?',
    userId: text(item.userId),
    reason: text(item.reason),
  }
}

function parsePass(item: Json): Pass | null {
  const id = text(item.id)
  const status = oneOf(RUN_STATUSES, item.status)
  const startedAt = time(item.startedAt)
  if (id === null || !status || startedAt === null) return null
  const counts = isRecord(item.counts) ? Object.entries(item.counts) : []
  return {
    id,
    status,
    startedAt,
    trigger: text(item.trigger) ?? '?',
    dryRun: item.dryRun === true,
    reason: text(item.reason),
    clerkCount: count(item.clerkCount),
    neonCount: count(item.neonCount),
    counts: counts.flatMap(([kind, value]) =>
      typeof value === 'number' && value !== 0 ? [[kind, value]] : [],
    ),
    finishedAt: time(item.finishedAt),
  }
}

function parseDrift(item: Json): Drift | null {
  const at = time(item.at)
  const [clerk, neon] = [count(item.clerk), count(item.neon)]
  if (at === null || clerk === null || neon === null) return null
  return {
    at,
    clerk,
    neon,
    apart: count(item.apart) ?? clerk - neon,
    missing: count(item.missing) ?? 0,
    outdated: count(item.outdated) ?? 0,
    orphaned: count(item.orphaned) ?? 0,
  }
}

function parseUserCounts(value: unknown): UserCounts | null {
  if (!isRecord(value)) return null
  const total = count(value.total)
  if (total === null) return null
  return {
    total,
    isEstimate: value.isEstimate === true,
    tombstones: count(value.tombstones) ?? 0,
    banned: count(value.banned) ?? 0,
    withoutEmail: count(value.withoutEmail) ?? 0,
  }
}
