/** What the Worker makes of a model that is slow, or speaks OpenAI's language with an accent. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { askAssistant, type Piece, type Turn } from '../../worker/conversations/assistant.ts'
import { Problem } from '../../worker/errors.ts'
import { arm, resetStandIns } from './support.ts'
import { questions, scriptReply, setPace } from './talk.ts'

beforeEach(resetStandIns)

const TURNS: Turn[] = [{ role: 'user', content: 'Hi' }]
const PATIENT = { firstByte: 10_000, stall: 10_000, whole: 20_000 }

/** All that is heard, and how it ends: with a word of the log's, or well. */
async function listen(
  deadlines: Partial<typeof PATIENT> = {},
  dwellMs = 0,
  signal = new AbortController().signal,
) {
  const pieces: Piece[] = []
  try {
    for await (const piece of askAssistant(env, TURNS, signal, { ...PATIENT, ...deadlines })) {
      pieces.push(piece)
      if (dwellMs > 0) await scheduler.wait(dwellMs)
    }
    return { text: textOf(pieces), pieces, end: 'well' }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { text: textOf(pieces), pieces, end: error.facts.assistant ?? error.code }
  }
}

const textOf = (pieces: Piece[]) => pieces.map((piece) => ('text' in piece ? piece.text : '')).join('')

/** The model's stream, to the letter. */
const respond = (...frames: string[]) =>
  arm('TEST_ASSISTANT', {
    act: {
      kind: 'respond',
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
      body: frames.map((frame) => `${frame}\n\n`).join(''),
    },
  })
const delta = (content: string, more = '') =>
  `data: {"choices":[{"index":0,"delta":{"content":"${content}"}${more}}]}`

describe('deadlines', () => {
  test('a model that does not begin is given up', async () => {
    await arm('TEST_ASSISTANT', { act: { kind: 'hang' } })
    expect(await listen({ firstByte: 100 })).toMatchObject({ text: '', end: 'deadline: next' })
  })

  test('a model that stops speaking is given up, with what it has said', async () => {
    await scriptReply('one two three four five six seven eight')
    await arm('TEST_ASSISTANT', { act: { kind: 'stall-answer', events: 4 } })
    const { text, end } = await listen({ stall: 100 })
    expect(end).toBe('deadline: next')
    expect(text).toMatch(/^one two/)
  })

  test('a model that never comes to an end is given up', async () => {
    await scriptReply('word '.repeat(500))
    await setPace(0, 20)
    const { text, end } = await listen({ whole: 300 })
    expect(end).toBe('deadline: whole')
    expect(text).toMatch(/^word /)
  })

  test('a pause of the reader is not the model’s', async () => {
    await scriptReply('one two three four')
    expect(await listen({ stall: 60 }, 120)).toMatchObject({ text: 'one two three four', end: 'well' })
  })

  test('nor is it where everything together takes too long', async () => {
    await scriptReply('seventh '.repeat(10))
    await setPace(0, 300)
    expect(await listen({ whole: 2_000 }, 600)).toMatchObject({ text: 'seventh '.repeat(10), end: 'well' })
  })

  test('of a model that is given up the request is cancelled', async () => {
    await scriptReply('word '.repeat(500))
    await setPace(0, 20)
    await listen({ whole: 200 })
    await expect.poll(questions).toMatchObject([{ aborted: true }])
  })
})

test('whoever is not listened to any more is not asked on', async () => {
  await setPace(5_000, 0)
  const gone = new AbortController()
  const listening = listen({}, 0, gone.signal)
  await expect.poll(questions).toHaveLength(1)
  gone.abort()
  await expect(listening).rejects.toThrow(/abort/i)
  await expect.poll(questions).toMatchObject([{ aborted: true }])
})

describe('accents', () => {
  test('no choices beside the usage', async () => {
    const usage = '"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}'
    await respond(delta('Hi', ',"finish_reason":"stop"'), `data: {"choices":null,${usage}}`, 'data: [DONE]')
    expect(await listen()).toMatchObject({
      pieces: [{ text: 'Hi' }, { usage: { promptTokens: 5, completionTokens: 2 } }],
      end: 'well',
    })
  })

  test('an end without [DONE], where the model has said why it ends', async () => {
    await respond(delta('Hi'), 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}')
    expect(await listen()).toMatchObject({ text: 'Hi', end: 'well' })
  })

  test('an end without a reason is a break', async () => {
    await respond(delta('Hi'))
    expect(await listen()).toMatchObject({ text: 'Hi', end: 'broke off' })
  })

  test('comments, roles without words, empty words, null usage', async () => {
    await respond(
      ': keep-alive',
      'data: {"choices":[{"delta":{"role":"assistant","content":null}}],"usage":null}',
      delta(''),
      delta('Hi'),
      'data: {"choices":[]}',
      'data: [DONE]',
    )
    expect(await listen()).toMatchObject({ pieces: [{ text: 'Hi' }], end: 'well' })
  })

  test('a pair of surrogates that is torn between two frames arrives whole', async () => {
    await respond(delta('\\ud83d'), delta('\\ude00'), 'data: [DONE]')
    expect((await listen()).text).toBe('😀')
  })

  test('NUL, which no database takes, is left out', async () => {
    await respond(delta('a\\u0000b'), 'data: [DONE]')
    expect((await listen()).text).toBe('ab')
  })

  test('a frame that grows beyond all reason is not listened to', async () => {
    await respond(delta('Hi'), delta('x'.repeat(2_000_000)), 'data: [DONE]')
    expect(await listen()).toMatchObject({ text: 'Hi', end: 'assistant_unavailable' })
  })

  test.each([
    ['numbers that are none', '{"prompt_tokens":"many","completion_tokens":2}'],
    ['numbers beyond reason', '{"prompt_tokens":1e12,"completion_tokens":2}'],
    ['negative numbers', '{"prompt_tokens":-1,"completion_tokens":2}'],
    ['fractions', '{"prompt_tokens":5,"completion_tokens":2.5}'],
    ['one number of two', '{"prompt_tokens":5}'],
    ['words', '"few"'],
  ])('usage in %s is no usage, and the reply is kept', async (_name, usage) => {
    await respond(delta('Hi'), `data: {"usage":${usage}}`, 'data: [DONE]')
    expect(await listen()).toMatchObject({ pieces: [{ text: 'Hi' }], end: 'well' })
  })
})
