/** That a page can be used by everybody, as it stands. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

export async function expectUsable(page: Page) {
  await page.getByRole('heading').first().waitFor()
  // Colours in the middle of a transition are nobody's choice.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.evaluate(() => {
    const ending = document
      .getAnimations()
      .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
    return Promise.allSettled(ending.map(({ finished }) => finished))
  })
  // In this page alone: there are no frames of others in it, and a second page for the sum takes longer than the looking.
  const axe = new AxeBuilder({ page }).setLegacyMode()
  // The headings of a reply begin at the level that the model likes.
  const { violations } = await axe.disableRules('heading-order').analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  expect(found, page.url()).toEqual([])
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(overflow, `${page.url()} scrolls sideways`).toBeLessThanOrEqual(0)
}
