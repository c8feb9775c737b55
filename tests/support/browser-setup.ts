/** What a person's browser is pointed at. */
import type { TestProject } from 'vitest/node'
import { type Stack, startStack } from './stack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    stack: Stack
  }
}

export default async function setup(project: TestProject) {
  const { stop, ...stack } = await startStack()
  project.provide('stack', stack)
  return stop
}
