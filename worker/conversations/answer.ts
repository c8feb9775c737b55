/** The answer to a message as server-sent events: `message`, `delta`…, and at the end `done` or `error`. */
import type { Context } from 'hono'
import { Problem } from '../errors.ts'
import { type AppEnv, tellProblem } from '../http.ts'
import { type Quota, quotaHeaders, retrySeconds, toldQuota } from '../quota/tiers.ts'
import { askAssistant, type Notes } from './assistant.ts'
import type { Reply } from './conversation.ts'
import type { Sending, Settlement } from './exchange-rule.ts'
import { type Acceptance, acceptMessage, findReply, settleReply } from './exchange-store.ts'
import { type Line, openLine } from './line.ts'
import { promptFor } from './prompt.ts'

/** Some forty pages. A model that goes on is not answering any more. */
const MAX_REPLY_CHARS = 100_000

/** When to look for a reply that is being written elsewhere, in seconds after the look before: two minutes in all. */
const LOOKS_AFTER = [0, 0.5, 1, 2, 3, 4, ...Array.from({ length: 22 }, () => 5)]

/** When to settle again after the database was away, likewise: the platform gives half a minute after the answer. */
const SETTLED_AGAIN_AFTER = [3, 12]

/** Answers a message that has been taken. What the model says is written down also when nobody listens any more. */
export function streamAnswer<Env extends AppEnv>(
  c: Context<Env>,
  sending: Sending,
  acceptance: Acceptance,
): Response {
  return openLine(c, async (line) => {
    try {
      const { message, conversation, quota } = acceptance
      await line.send('message', { message, quota: toldQuota(quota), conversation })
      await answer(c, line, sending, acceptance)
    } catch (error) {
      await fail(c, line, error)
    }
  })
}

async function answer<Env extends AppEnv>(
  c: Context<Env>,
  line: Line,
  sending: Sending,
  acceptance: Acceptance,
): Promise<void> {
  const { verdict, quota } = acceptance
  c.get('facts').outcome = verdict
  switch (verdict) {
    case 'accepted':
      return generate(c, line, sending, acceptance)
    case 'repeated':
      return replay(c, line, sending)
    case 'exceeded':
      return fail(c, line, exceeded(quota), quota)
    case 'busy':
      // What is being written elsewhere may come to nothing: then it is ours to try.
      if (await settledElsewhere(c, line, sending))
        await answer(c, line, sending, await acceptMessage(c.get('config'), sending))
  }
}

/** Nothing is left of the day's messages. */
export const exceeded = (quota: Quota) =>
  new Problem('quota_exceeded', {
    headers: quotaHeaders(quota),
    retryAfterSeconds: retrySeconds(quota.resetSeconds),
  })

async function generate<Env extends AppEnv>(
  c: Context<Env>,
  line: Line,
  sending: Sending,
  acceptance: Acceptance,
) {
  const config = c.get('config')
  const { settlement, finishReason, failure } = await hear(c, line, acceptance)
  c.get('facts').reply = settlement.status
  const settled = await settleReply(config, sending, settlement).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'database_unavailable')
      // Its reader is told that it has failed, so that is how it is kept.
      c.executionCtx.waitUntil(settleLater(c, sending, { ...settlement, status: 'failed' }))
    throw error
  })
  if (failure) await fail(c, line, failure, settled.quota)
  else await finish(line, settled, finishReason)
}

/** Listens to the model, passes on what it says, and tells how it has ended. */
async function hear<Env extends AppEnv>(
  c: Context<Env>,
  line: Line,
  acceptance: Acceptance,
): Promise<{ settlement: Settlement; finishReason?: Notes['finishReason']; failure?: unknown }> {
  const started = performance.now()
  const facts = c.get('facts')
  let content = ''
  const notes: Notes = {}
  const ended = (status: Settlement['status']): Settlement => {
    const { usage = null, ...others } = notes
    Object.assign(facts, { answerMs: Math.round(performance.now() - started), ...usage, ...others })
    return { content: content.toWellFormed(), status, usage, giveBack: status === 'failed' && content === '' }
  }
  try {
    for await (const piece of askAssistant(c.get('config'), promptFor(acceptance), line.gone)) {
      if (!('text' in piece)) Object.assign(notes, piece)
      else {
        if (content === '') facts.firstWordMs = Math.round(performance.now() - started)
        const text = piece.text.slice(0, MAX_REPLY_CHARS - content.length)
        content += text
        await line.send('delta', { text })
      }
      if (content.length >= MAX_REPLY_CHARS) {
        notes.finishReason = 'length'
        break
      }
    }
    if (content !== '') return { settlement: ended('complete'), finishReason: notes.finishReason }
    throw new Problem('assistant_unavailable', { facts: { assistant: 'nothing said' } })
  } catch (failure) {
    return line.gone.aborted ? { settlement: ended('stopped') } : { settlement: ended('failed'), failure }
  }
}

/** Nobody waits any more: after the last time the reply stays pending, and is told as failed when its time is over. */
async function settleLater<Env extends AppEnv>(c: Context<Env>, sending: Sending, settlement: Settlement) {
  for (const seconds of SETTLED_AGAIN_AFTER) {
    await scheduler.wait(seconds * 1000)
    try {
      return void (await settleReply(c.get('config'), sending, settlement, true))
    } catch {
      // The request's own log line has said what is wrong.
    }
  }
}

/** The same message again: its reply as it is held. */
async function replay<Env extends AppEnv>(c: Context<Env>, line: Line, { userId, messageId }: Sending) {
  const found = await findReply(c.get('config'), userId, messageId)
  await line.send('delta', { text: found.reply.content })
  await finish(line, found)
}

/**
 * Waits for a reply that is being written elsewhere to end, whichever way; `false` when the reader has gone away.
 * @throws {Problem} `assistant_unavailable` when it does not end.
 */
async function settledElsewhere<Env extends AppEnv>(
  c: Context<Env>,
  line: Line,
  { userId, messageId }: Sending,
): Promise<boolean> {
  for (const seconds of LOOKS_AFTER) {
    await scheduler.wait(seconds * 1000)
    if (line.gone.aborted) return false
    const { reply } = await findReply(c.get('config'), userId, messageId)
    if (reply.status !== 'pending') return true
  }
  throw new Problem('assistant_unavailable', { facts: { reply: 'still pending' } })
}

/** @param finishReason Known to whoever hears the reply: it is not kept. */
const finish = (
  line: Line,
  { reply, quota }: { reply: Reply; quota: Quota },
  finishReason?: Notes['finishReason'],
) => line.send('done', { message: reply, usage: reply.usage, quota: toldQuota(quota), finishReason })

/** After the head there is no status to be had, and no header: all that they would say is in the event. */
async function fail<Env extends AppEnv>(c: Context<Env>, line: Line, error: unknown, quota?: Quota) {
  const { problem, body } = tellProblem(error, c)
  c.get('facts').endStatus = problem.status
  await line.send('error', {
    ...body,
    retryAfter: problem.retryAfterSeconds,
    quota: quota && toldQuota(quota),
  })
}
