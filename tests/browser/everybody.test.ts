/** What holds for whoever uses the keyboard alone, a screen reader, large letters, a narrow screen or colours of their own. */
import type { Locator, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { armNeon } from './faults.ts'
import { ADMIN, comeBack, composer, insist, join, newEmail, openAccount, PASSWORD } from './person.ts'
import { expectFits } from './usable.ts'
import { world } from './world.ts'

const { stack, newPerson } = world()

async function say(page: Page, words: string) {
  await composer(page).fill(words)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/chat\/./)
  await page.getByRole('button', { name: 'Copy this reply' }).waitFor()
}

const isFocused = (element: Locator) => element.evaluate((it) => it === document.activeElement)

/** What is drawn around an element, and how much it differs from what is behind it (WCAG's ratio). */
const edgeOf = (element: Locator) =>
  element.evaluate((it) => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
    const luminance = (...colours: string[]) => {
      for (const colour of colours) {
        if (!canvas) throw new Error('There is nothing to paint on')
        canvas.fillStyle = colour
        canvas.fillRect(0, 0, 1, 1)
      }
      const [red = 0, green = 0, blue = 0] = [...(canvas?.getImageData(0, 0, 1, 1).data ?? [])].map((part) =>
        part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4,
      )
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
    }
    const { borderTopWidth, borderTopStyle, borderTopColor, outlineStyle, outlineWidth, outlineColor } =
      getComputedStyle(it)
    let around: Element | null = it.parentElement
    while (around && getComputedStyle(around).backgroundColor === 'rgba(0, 0, 0, 0)')
      around = around.parentElement
    const behind = around ? getComputedStyle(around).backgroundColor : 'white'
    const [one, other] = [luminance(behind), luminance(behind, borderTopColor)]
    return {
      width: borderTopStyle === 'none' ? 0 : Number.parseFloat(borderTopWidth),
      contrast: Math.max(one, other) / Math.min(one, other),
      color: borderTopColor,
      ring: outlineStyle === 'none' ? null : `${outlineWidth} ${outlineColor}`,
    }
  })

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test('the fields of Clerk’s forms have an edge that is seen, another in focus, and another when something is wrong', async () => {
    const { page, leave } = await newPerson({ colorScheme, reducedMotion: 'reduce' })
    await page.goto('/sign-up')
    const email = page.getByLabel('Email address')
    await email.waitFor()
    await page.getByRole('heading', { level: 1 }).hover()
    const calm = await edgeOf(email)
    expect(calm).toMatchObject({ width: 1, ring: null })
    expect(calm.contrast).toBeGreaterThanOrEqual(3)
    await email.focus()
    const focused = await edgeOf(email)
    expect(focused.ring).toBe(`2px ${focused.color}`)
    expect(focused.color).not.toBe(calm.color)
    expect(focused.contrast).toBeGreaterThanOrEqual(3)

    const code = page.getByLabel('Enter verification code')
    await insist(async () => {
      await email.fill(newEmail('edge'))
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
      await page.getByRole('button', { name: 'Continue', exact: true }).click()
    }, code)
    const [first, last] = [
      page.getByTestId('otp-input-segment').first(),
      page.getByTestId('otp-input-segment').last(),
    ]
    await code.focus()
    expect((await edgeOf(first)).ring).toBe(focused.ring)
    expect(await edgeOf(last)).toEqual(calm)
    await insist(() => code.fill('111111'), page.getByText(/incorrect/i).first())
    await expect.poll(async () => (await edgeOf(last)).color).not.toBe(calm.color)
    expect((await edgeOf(last)).contrast).toBeGreaterThanOrEqual(3)
    await leave()
  })
})

test('after deleting a conversation that is not the open one, the search has the focus', async () => {
  const { page, leave } = await newPerson()
  await join(page, newEmail('tidy'))
  await say(page, 'repeat: one')
  await page.getByRole('link', { name: 'New chat' }).first().click()
  await say(page, 'repeat: two')
  const entry = page.getByRole('link', { name: 'repeat: one' })
  await entry.focus()
  await page.getByRole('button', { name: 'Delete repeat: one' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete this conversation?' })
  const described = await dialog.evaluate(
    (it) => document.getElementById(it.getAttribute('aria-describedby') ?? '')?.textContent ?? '',
  )
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await entry.waitFor({ state: 'detached' })
  await expect.poll(() => isFocused(page.getByRole('searchbox', { name: 'Search conversations' }))).toBe(true)
  expect(described).toContain('repeat: one')
  await leave()
})

test('the page that is shown is the current one for a screen reader, too', async () => {
  const { page, leave } = await newPerson()
  await comeBack(page, ADMIN.email, ADMIN.password)
  await composer(page).waitFor()
  const current = (name: string) =>
    page.getByRole('navigation', { name, exact: true }).locator('[aria-current=page]').allInnerTexts()
  expect(await current('Pages')).toEqual(['Chat'])
  await openAccount(page)
  expect(await current('Pages')).toEqual(['Account'])
  await page.goto('/admin/users')
  await page.getByRole('region', { name: 'Users' }).waitFor()
  expect([await current('Pages'), await current('Admin')]).toEqual([['Admin'], ['Users']])
  await leave()
})

test('with forced colours it is seen where one is, what is chosen, what is left and where the focus is', async () => {
  const { page, leave } = await newPerson({ forcedColors: 'active' })
  await join(page, newEmail('forced'))
  await say(page, 'repeat: one')
  // The system's background is white here, whatever is painted on it or not.
  const isMarked = (element: Locator) =>
    element.evaluate((it) => !/^rgba?\(255, 255, 255/.test(getComputedStyle(it).backgroundColor))
  const hasRing = (element: Locator) =>
    element.evaluate((it) => getComputedStyle(it).outlineStyle === 'solid')
  const pages = page.getByRole('navigation', { name: 'Pages' })
  expect(await isMarked(pages.getByRole('link', { name: 'Chat' }))).toBe(true)
  expect(await isMarked(pages.getByRole('link', { name: 'Account', exact: true }))).toBe(false)
  expect(await isMarked(page.getByRole('link', { name: 'repeat: one' }))).toBe(true)
  const themes = await page.getByRole('group', { name: 'Theme' }).locator('label').all()
  expect(await Promise.all(themes.map(isMarked))).toEqual([false, true, false])
  const bar = page.getByText(/messages left today/).locator('span > span')
  expect([await isMarked(bar), await isMarked(bar.locator('..'))]).toEqual([true, false])
  const send = page.getByRole('button', { name: 'Send' })
  await send.focus()
  expect(await hasRing(composer(page))).toBe(false)
  await composer(page).focus()
  expect([await hasRing(composer(page)), await hasRing(send)]).toEqual([true, true])
  await leave()
})

describe.each([
  ['on the narrowest screen', { width: 320, height: 640, letters: 16 }],
  ['with letters twice as large', { width: 360, height: 740, letters: 32 }],
])('%s', (_name, { letters, ...viewport }) => {
  test('the header is whole and every kind of page fits', async () => {
    const { page, leave } = await newPerson({ viewport })
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Page.setFontSizes', { fontSizes: { standard: letters } })
    const fits = async () => {
      await expectFits(page)
      const mark = await page.getByRole('link', { name: 'SwarAI, home' }).locator('img').boundingBox()
      expect(mark).toMatchObject({ width: 30, height: 30 })
    }
    await page.goto('/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await fits()
    await page.goto('/sign-in')
    await page.getByLabel('Email address').waitFor()
    await fits()
    await comeBack(page, ADMIN.email, ADMIN.password)
    await page.getByText(/messages left today/).waitFor()
    await fits()
    const meter = page.getByText(/messages left today/)
    expect(await meter.evaluate((it) => it.scrollHeight - it.clientHeight)).toBeLessThanOrEqual(1)
    await openAccount(page)
    await page
      .getByRole('region', { name: 'Plan' })
      .getByText(/messages left today/)
      .waitFor()
    await fits()
    await page.goto('/admin')
    await page.getByRole('navigation', { name: 'Admin' }).waitFor()
    await fits()
    await leave()
  })
})

test('what cannot be copied is said, and is selected to be copied by hand', async () => {
  const { page } = await newPerson()
  await join(page, newEmail('copy'))
  const devtools = await page.context().newCDPSession(page)
  const permission = { name: 'clipboard-write' }
  await devtools.send('Browser.setPermission', { permission, setting: 'denied', origin: stack.app })
  await armNeon({ act: { kind: 'respond', status: 500 } })
  await page.goto('/account')
  const id = page.locator('code').first()
  await id.waitFor()
  const copy = page.getByRole('button', { name: /^(Not copied|Copy) / })
  await insist(() => copy.first().click(), page.getByText('Not copied').first())
  expect(await page.getByText('Not copied').first().getAttribute('aria-live')).toBe('polite')
  expect(await page.evaluate(() => getSelection()?.toString())).toBe(await id.innerText())
})
