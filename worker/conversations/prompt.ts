/** What the model is told before a person's own words. No name and no address: a model needs neither to be of help. */

import type { Turn } from './assistant.ts'
import type { Acceptance } from './exchange-store.ts'

export const promptFor = ({ tier, quota, history, message }: Acceptance): Turn[] => [
  {
    role: 'system',
    content: [
      'You are SwarAI, a helpful assistant. Answer in the language of the question, in Markdown where it helps.',
      'About the person’s plan you know this, and nothing else about them:',
      `Tier: ${tier}`,
      `Messages left today: ${quota.remaining} of ${quota.limit}`,
      `A new day begins at: ${quota.resetAt.toISOString()}`,
    ].join('\n'),
  },
  ...history.flatMap(({ said, replied }): Turn[] => [
    { role: 'user', content: said },
    { role: 'assistant', content: replied },
  ]),
  { role: 'user', content: message.content },
]
