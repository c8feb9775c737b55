/** What the chat page shows: a reply's markdown, cut into blocks and made harmless; the list's headings; its words. */
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { blocks } from '../../web/src/conversations/blocks.ts'
import { byDay } from '../../web/src/conversations/groups.ts'
import Markdown from '../../web/src/conversations/Markdown.tsx'
import { ReplyView } from '../../web/src/conversations/ReplyView.tsx'
import { spokenOf } from '../../web/src/conversations/threadState.ts'
import { adviceOf, greeting, headingOf } from '../../web/src/conversations/words.ts'
import { conversation, problem } from './thread-world.ts'

const html = (text: string) => renderToStaticMarkup(createElement(Markdown, { text }))

test('paragraphs, headings and tables are blocks of their own', () => {
  expect(blocks('# One\n\nTwo\nlines\n\n| a |\n|---|\n\nFour')).toHaveLength(4)
})

test.each([
  ['a fence', '```\na\n\nb\n```'],
  ['a fence that is still open', '```ts\na\n\nb'],
  ['a fence within a longer fence', '````\n```\na\n```\n\nb\n````'],
  ['a fence that opens an item of a list', '1. ```bash\n   a\n\n   b\n   ```\n\n   after\n2. c'],
  ['a fence that opens an item of a list in a list', '- 1. ~~~\n     a\n\n     b\n     ~~~'],
  ['a loose list', '- a\n\n- b\n\n  of b\n\n1. c'],
  ['definitions, which reach everywhere', '[a]\n\nb\n\n[a]: https://example.com'],
])('%s is not cut', (_what, text) => {
  expect(blocks(text)).toEqual([text])
})

test('cut or not, the markdown says the same', () => {
  const text = '# A\n\nText **b**\n\n- one\n\n- two\n\nAfter\n\n```js\nx\n\ny\n```\n\n> quoted\n\nEnd'
  const whole = html(`[unused]: https://example.com\n\n${text}`)
  expect(html(text).replaceAll('\n', '')).toBe(whole.replaceAll('\n', ''))
})

test.each([
  '1. ```bash\n   npm ci\n\nrun\n   ```\n\nAfter\n\nEnd',
  '1. ```bash\n   npm ci\n   ```\n\nText\n\n```\nx\n\ny\n```\n\nEnd',
  '1. ```bash\n   npm ci\n\n   npm test\n   ```\n\n2. Then\n\nAfter',
  '- ```\n  open for ever\n\nAfter\n\n```\nx\n\ny\n```\n\nEnd',
  '-\t```\n\ta\n\n\tb\n\t```\n\nAfter',
  '> ```\n> a\n\nAfter\n\n```\nx\n\ny\n```',
  '> 1. ```\n>    a\n>\n>    b\n>    ```\n\nAfter\n\nEnd',
  '```not a fence``` but code\n\nb\n\n```\nx\n\ny\n```\n\nEnd',
  '10) ```\n    x\n\n    y\n    ```\n\nEnd',
])('cut or not, %j says the same', (text) => {
  const whole = html(`[unused]: https://example.com\n\n${text}`)
  expect(html(text).replaceAll('\n', '')).toBe(whole.replaceAll('\n', ''))
})

test('while a text grows, only its last block changes', () => {
  const text = 'One\n\n- two\n- three\n\nFour\n\n```\nfive\n\nsix\n```\n\nSeven'
  for (let end = 1; end < text.length; end += 1) {
    const [before, after] = [blocks(text.slice(0, end)), blocks(text.slice(0, end + 1))]
    expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1))
  }
})

test('HTML in a reply is text', () => {
  expect(html('<img src=x onerror=alert(1)><script>alert(1)</script>')).not.toMatch(/<img|<script/)
})

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  '//evil.example',
  '/account',
  '#top',
])('a link to %s leads nowhere', (url) => {
  expect(html(`[words](${url})`)).toBe('<div class="markdown"><p dir="auto"><span>words</span></p></div>')
})

test('links to the web and to mailboxes open beside the page, which they learn nothing of', () => {
  expect(html('[a](https://example.com) <b@example.com>')).toMatch(
    /<a href="https:\/\/example.com" target="_blank" rel="noopener noreferrer nofollow">.*<a href="mailto:b@example.com"/,
  )
})

test('a picture from elsewhere is a link: looking at a reply tells nobody', () => {
  expect(html('![a cat](https://example.com/cat.png)')).toContain('<a href="https://example.com/cat.png"')
  expect(html('![a cat](https://example.com/cat.png)')).not.toContain('<img')
})

test('conversations stand under the reader’s own days', () => {
  const noon = new Date(2026, 4, 10, 12).getTime()
  const at = (hours: number) => conversation({ updatedAt: new Date(noon - hours * 3_600_000).toISOString() })
  expect(
    byDay([at(1), at(11), at(13), at(37), at(24 * 30)], noon).map(({ name, conversations }) => [
      name,
      conversations.length,
    ]),
  ).toEqual([
    ['Today', 2],
    ['Yesterday', 1],
    ['Last 7 days', 1],
    ['Earlier', 1],
  ])
})

test('every failure comes with something to do or to know', () => {
  for (const code of [
    'network',
    'assistant_unavailable',
    'quota_exceeded',
    'conflict',
    'user_banned',
    'never_heard_of',
  ])
    expect(adviceOf(problem(503, code))).toMatch(/\w+ \w+/)
  expect(adviceOf({ ...problem(503, 'network'), detail: 'this page keeps trying' })).toMatch(/kept/)
  expect(adviceOf(problem(429, 'quota_exceeded'))).toMatch(/next day/)
})

test('whoever has no first name is greeted all the same', () => {
  expect(greeting(9, 'Ada')).toBe('Good morning, Ada')
  expect(greeting(20, null)).toBe('Good evening')
})

test('a conversation that could not be read yet is not called new', () => {
  expect(headingOf(undefined, false)).toBe('Conversation')
  expect(headingOf(undefined, true)).toBe('New conversation')
  expect(headingOf(null, false)).toBe('New conversation')
  expect(headingOf('Kyoto', false)).toBe('Kyoto')
})

test.each([
  ['', null, 'There was no reply'],
  ['Once upon', null, 'The reply broke off'],
  ['', 'assistant_unavailable', 'The title of assistant_unavailable'],
  ['Once upon', 'assistant_unavailable', 'The reply broke off'],
  ['Once upon', 'interrupted', 'The title of interrupted'],
])('a failed reply that has said “%s” (%s) is shown and spoken of as what it is', (text, code, words) => {
  const reason = code === null ? null : problem(503, code)
  const answer = { status: 'failed', text, problem: reason } as const
  expect(spokenOf(answer)).toBe(words)
  const shown = renderToStaticMarkup(createElement(ReplyView, { answer, retry: null, change: null }))
  expect(shown).toContain(words)
  expect(shown).toContain(reason ? reason.requestId : 'trying again does not count twice')
})
