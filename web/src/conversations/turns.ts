/** A thread as turns, a question and its answer each, and how what the server tells joins what the page knows. */
import type { Problem } from '../api/problem.ts'
import type { Message, Reply } from './conversation.ts'
import type { Unsent } from './outbox.ts'

const UNSENT: Problem = {
  title: 'This message may not have arrived',
  status: 0,
  code: 'unsent',
  requestId: null,
}

export interface Turn {
  /** The question's id, also the key under which a message is sent any number of times and counted once. */
  id: string
  /** Null while the page of messages that holds it has not been read. */
  question: { content: string; createdAt: string } | null
  answer: Answer
  /** The server has told of this turn. */
  isStored: boolean
}

export type Answer =
  /** On its way; nothing heard yet. */
  | { status: 'sending' }
  /** Accepted, and the model has not said a word. */
  | { status: 'thinking' }
  | { status: 'streaming'; text: string }
  /** Being written, but not for this page: by another tab, or since before a connection broke. */
  | { status: 'pending'; text: string }
  /** `finishReason`: why it ends where it does, if that was not of the model's own accord; null also after a reload. */
  | { status: 'complete'; text: string; createdAt: string; finishReason: string | null }
  /** `problem`: null when its reader has stopped it, and where the reason is not known here any more. */
  | { status: 'stopped' | 'failed'; text: string; problem: Reason | null }
  /** The connection broke; what the server has made of it is not known yet. Mostly it stops there. */
  | { status: 'interrupted'; text: string; problem: Problem }

export interface Reason extends Problem {
  /** When trying again helps, if the server knows; milliseconds since 1970. */
  retryAt?: number
}

export const isLive = ({ status }: Answer) =>
  status === 'sending' || status === 'thinking' || status === 'streaming'

/** Whether asking once more, under the same id, can change anything. */
export const canRetry = ({ status }: Answer) =>
  status === 'stopped' || status === 'failed' || status === 'interrupted'

/** How it ends is the server's to say, and has to be asked for. */
export const isOpen = ({ status }: Answer) => status === 'pending' || status === 'interrupted'

/** Whether it can still be written otherwise: it has not arrived, as far as is known, and is not on its way. */
export const canTakeBack = ({ isStored, answer }: Turn) => !isStored && !isLive(answer)

export const textOf = (answer: Answer): string => ('text' in answer ? answer.text : '')

export function answerOf(reply: Reply, finishReason: string | null = null): Answer {
  const text = reply.content
  switch (reply.status) {
    case 'pending':
      return { status: 'pending', text }
    case 'complete':
      return { status: 'complete', text, createdAt: reply.createdAt, finishReason }
    case 'stopped':
    case 'failed':
      return { status: reply.status, text, problem: null }
  }
}

/** One that was sent before this page was opened; what has become of it only the server can say. */
export function unsentTurn({ id, content, createdAt }: Unsent): Turn {
  const answer = { status: 'failed', text: '', problem: UNSENT } as const
  return { id, question: { content, createdAt }, answer, isStored: false }
}

/** Messages in reading order become turns. A reply at the beginning may have its question on an older page. */
export function turnsOf(messages: Message[]): Turn[] {
  const turns = new Map<string, Turn>()
  for (const message of messages) {
    if (message.role === 'user') {
      const { id, content, createdAt } = message
      turns.set(id, {
        id,
        question: { content, createdAt },
        answer: { status: 'pending', text: '' },
        isStored: true,
      })
    } else {
      const turn = turns.get(message.replyTo)
      const question = turn?.question ?? null
      turns.set(message.replyTo, {
        id: message.replyTo,
        question,
        answer: answerOf(message),
        isStored: true,
      })
    }
  }
  return [...turns.values()]
}

/** An older page in front of what is held; a turn that was cut in two between them becomes one. */
export function withOlder(older: Turn[], held: readonly Turn[]): Turn[] {
  const known = new Map(held.map((turn) => [turn.id, turn]))
  const joined = new Map(older.map(({ id, question }) => [id, question]))
  return [
    ...older.filter(({ id }) => !known.has(id)),
    ...held.map((turn) => ({ ...turn, question: turn.question ?? joined.get(turn.id) ?? null })),
  ]
}

/**
 * The newest messages over what is held. A turn that they do not tell of stays when it has been stored only since they were
 * asked for, if at all, and when it stands before or after all that is told; otherwise it is no more.
 * @param storedBefore the turns that were stored already when they were asked for
 * @returns `isWhole`: false when there may be a gap between what was held and these, so that the older part is read again
 */
export function withNewest(
  newest: Turn[],
  held: readonly Turn[],
  storedBefore: ReadonlySet<string>,
): { turns: Turn[]; isWhole: boolean } {
  const isOwn = ({ id, answer }: Turn) => !storedBefore.has(id) || isLive(answer)
  const known = new Map(held.map((turn) => [turn.id, turn]))
  const told = new Set(newest.map(({ id }) => id))
  const first = held.findIndex(({ id }) => told.has(id))
  const last = held.findLastIndex(({ id }) => told.has(id))
  const merged = newest.map((turn) => merge(known.get(turn.id), turn))
  if (first === -1) {
    const own = held.filter(isOwn).map(untold)
    return { turns: [...merged, ...own], isWhole: own.length === held.length }
  }
  const between = ownBetween(held.slice(first, last), told, isOwn)
  const turns = merged.flatMap((turn) => [turn, ...(between.get(turn.id) ?? [])])
  const [before, after] = [held.slice(0, first), held.slice(last + 1)]
  return { turns: [...before.map(untold), ...turns, ...after.map(untold)], isWhole: true }
}

/** Asked for in vain: nothing more is to be heard of a reply that was interrupted. */
function untold(turn: Turn): Turn {
  if (turn.answer.status !== 'interrupted') return turn
  return { ...turn, answer: { ...turn.answer, status: 'failed' } }
}

/** What only this page knows of, by the told turn that it stands behind. */
function ownBetween(
  held: readonly Turn[],
  told: ReadonlySet<string>,
  isOwn: (turn: Turn) => boolean,
): Map<string, Turn[]> {
  const behind = new Map<string, Turn[]>()
  let place: Turn[] = []
  for (const turn of held) {
    if (told.has(turn.id)) {
      place = []
      behind.set(turn.id, place)
    } else if (isOwn(turn)) place.push(untold(turn))
  }
  return behind
}

/** The server is right, except where its answer is older than what this page has heard since it asked. */
function merge(held: Turn | undefined, told: Turn): Turn {
  if (!held) return told
  const question = told.question ?? held.question
  const { answer } = told
  const isAhead =
    isLive(held.answer) ||
    held.answer.status === 'complete' ||
    (answer.status === 'pending' &&
      (held.answer.status === 'stopped' || held.answer.status === 'interrupted'))
  if (isAhead) return { ...held, question, isStored: true }
  if (answer.status === 'pending')
    return { ...told, question, answer: { status: 'pending', text: textOf(held.answer) } }
  if (answer.status !== 'stopped' && answer.status !== 'failed') return { ...told, question }
  // Why is known only here, and as long as the page lives. What kept a message from arriving is another matter: it has.
  const problem = held.isStored && 'problem' in held.answer ? held.answer.problem : null
  return { ...told, question, answer: { ...answer, problem } }
}
