/** What a screen reader is told of a reply: words, and not too many of them. */
import { expect, test } from 'vitest'
import { aloud } from '../../web/src/conversations/aloud.ts'

test.each([
  [
    'emphasis',
    'A **bold *and* slanted** ~~old~~ _word_, and ***both***',
    'A bold and slanted old word, and both',
  ],
  ['a heading', '## How it goes ##\n\nWell', 'How it goes. Well'],
  ['a list', '- one\n- **two**\n  - three\n* [x] four', 'one. two. three. four'],
  ['a paragraph of several lines', 'One\ntwo\n\nThree', 'One two. Three'],
  ['numbers, which say something', '1. one\n2. two', '1. one. 2. two'],
  [
    'a link',
    'See [the *docs*](https://example.com/a_b) and ![a cat](https://example.com/c.png).',
    'See the docs and a cat.',
  ],
  ['code within a line', 'Run `npm ci` and ``a `b` c``!', 'Run npm ci and a `b` c!'],
  ['a quotation', '> It is\n> > so', 'It is. so'],
  ['a table', '| a | b |\n|---|:-:|\n| 1 | 2 |', 'a, b. 1, 2'],
  ['a piece of code', 'Look:\n\n```ts\nconst a = **b**\n\n# c\n```\n\nDone.', 'Look: A piece of code. Done.'],
  ['a piece of code that is still open', 'Look:\n\n~~~\na\n\nb', 'Look: A piece of code.'],
  ['a line between two parts', 'One\n\n---\n\nTwo', 'One. Two'],
  [
    'what looks like a mark',
    'snake_case_name, 2 * 3 * 4, 5 \\* 6, a < b > c',
    'snake_case_name, 2 * 3 * 4, 5 * 6, a < b > c',
  ],
  ['another language', '**你好**，世界。\n\n- שלום', '你好，世界。 שלום'],
])('%s is read aloud without its marks', (_what, markdown, words) => {
  expect(aloud(markdown)).toBe(words)
})

test('of a long reply the beginning is read aloud, to the end of a sentence, and that there is more', () => {
  const sentence = 'One of many sentences, and each of them is like the others. '
  const spoken = aloud(sentence.repeat(50))
  expect(spoken).toMatch(/like the others\. The rest is in the conversation\.$/)
  expect(spoken.length).toBeLessThan(600)
  expect(aloud('word '.repeat(400))).toMatch(/word … The rest is in the conversation\.$/)
  expect(aloud(`Look:\n\n\`\`\`\n${'code\n'.repeat(2_000)}\`\`\`\n\nAnd that is it.`)).toMatch(
    /^Look: A piece of code\. The rest is in the conversation\.$/,
  )
  expect(aloud(sentence.repeat(2))).toBe(`${sentence}${sentence}`.trim())
})
