/** That a page can be used by everybody, as it stands. */
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

export async function expectUsable(page: Page) {
  await page.getByRole('heading').first().waitFor()
  // Colours in the middle of a transition are nobody's choice.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  // In this page alone: there are no frames of others in it.
  const axe = new AxeBuilder({ page }).setLegacyMode()
  // The headings of a reply begin at the level that the model likes.
  const { violations } = await axe.disableRules('heading-order').analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  expect(found, page.url()).toEqual([])
  await expectFits(page)
}

export async function expectFits(page: Page) {
  expect(await page.evaluate(outside), `${page.url()} is wider than the window`).toEqual([])
}

/** What reaches over the window's right edge, though nothing that scrolls or cuts off is around it. */
function outside(): string[] {
  const holds = (element: Element) => getComputedStyle(element).overflowX !== 'visible'
  return [...document.querySelectorAll('header, main')].flatMap((part) =>
    [...part.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .filter((element) => {
        for (let above = element.parentElement; above && above !== part; above = above.parentElement)
          if (holds(above)) return false
        return true
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  )
}
