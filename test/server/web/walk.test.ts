import type { Browser, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createRepository, type GitRepository } from '../support/git-repository.ts'
import { startBusyboxServer } from '../support/start-busybox-server.ts'
import { serverDirectory, signedHeaders, type TestServer } from '../support/start-test-server.ts'
import { findBarriers } from './support/find-barriers.ts'
import { logIn, type OpenPage, openBrowser, openPage } from './support/open-browser.ts'

const directory = serverDirectory()
let server: TestServer
let repository: GitRepository
let browser: Browser
let opened: OpenPage
let page: Page
let secret = ''

beforeAll(async () => {
  repository = createRepository(directory, 'app')
  ;[server, browser] = await Promise.all([startBusyboxServer(directory), openBrowser()])
  opened = await openPage(browser)
  page = opened.page
})
const push = async (): Promise<void> => {
  const body = JSON.stringify({ ref: 'refs/heads/main' })
  const answer = await fetch(`${server.url}/hooks/app`, { method: 'POST', headers: signedHeaders(body, secret), body })
  expect(answer.status).toBe(202)
}
const focused = (): Promise<string | undefined> => page.evaluate('document.activeElement?.id')
const badge = (state: string) => page.locator('.build-header .badge', { hasText: state })

test('a wrong token is refused with a reason, and the right one shows the first steps', async () => {
  await page.goto(server.url)
  await page.getByLabel('Token').fill('tsb_wrong')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('Cannot log in: unknown or expired token').waitFor()
  await logIn(page, server.url, server.token)
  await page.getByText('No builds yet').waitFor()
})

test('adding a project shows the address of its webhook and, once, its secret', async () => {
  await page.getByRole('link', { name: 'Add a project' }).click()
  await page.getByLabel('Name', { exact: true }).fill('app')
  await page.getByLabel('Git URL').fill('ftp://example.com/app')
  await page.getByRole('button', { name: 'Add project' }).click()
  await page.getByRole('alert').getByText('ftp://example.com/app').waitFor()
  await page.getByLabel('Git URL').fill(repository.url)
  await page.getByRole('button', { name: 'Add project' }).click()
  await page.getByText('Copy the secret now').waitFor()
  const [address, value] = await page.locator('.copyable code').allTextContents()
  expect(address).toBe(`${server.url}/hooks/app`)
  secret = value ?? ''
  await page.getByRole('link', { name: 'Go to the project' }).click()
  await page.getByRole('link', { name: 'Webhook', exact: true }).click()
  await page.getByRole('heading', { name: 'Deliveries' }).waitFor()
  await expect.poll(() => page.title()).toBe('Webhook – app – tsbuild')
  expect(await page.getByText(secret).count()).toBe(0)
})

test('a replaced webhook secret is accepted for another day', async () => {
  await page.getByRole('button', { name: 'Replace the secret' }).click()
  await page.getByRole('button', { name: 'Replace', exact: true }).click()
  await page.getByText('accepted until').waitFor()
  expect(await page.locator('.copyable code').last().textContent()).not.toBe(secret)
  expect(await findBarriers(page)).toEqual([])
})

test('a signed webhook appears as a build with a live log', async () => {
  repository.commit(
    { Dockerfile: 'FROM busybox\nCOPY Dockerfile /a\nRUN echo first; sleep 3; printf "\\033[31mred\\033[0m end\\n"\n' },
    { message: 'Print slowly' },
  )
  await page.getByRole('link', { name: 'Builds' }).first().click()
  await page.getByText('No builds yet').waitFor()
  await push()
  await page.getByRole('link', { name: 'Print slowly' }).click()
  await page.locator('.log-text', { hasText: 'first' }).waitFor()
  expect(await badge('running').count()).toBe(1)
  await badge('succeeded').waitFor()
  expect(await page.locator('.log-text .fg-1').textContent()).toBe('red')
  expect(await page.locator('.step-row').count()).toBeGreaterThan(3)
  expect(await page.locator('.graph path').count()).toBeGreaterThan(1)
})

test('the layers of the image show their files', async () => {
  await page.getByRole('link', { name: 'Image', exact: true }).click()
  await page.getByRole('button', { name: /COPY Dockerfile/ }).click()
  await page.locator('.layer-files td', { hasText: '/a' }).waitFor()
  expect(await page.getByRole('heading', { name: 'Configuration' }).count()).toBe(1)
})

test('a failed build shows the message, the Dockerfile lines, the log of its step and why the step ran', async () => {
  repository.commit(
    {
      Dockerfile: `FROM busybox\r\nCOPY Dockerfile /a\r\nRUN echo about to fail; exit 3; ${'# a long line '.repeat(12)}\r\n`,
    },
    { message: 'Break it' },
  )
  await push()
  await page.getByRole('link', { name: 'Builds' }).first().click()
  await page.getByRole('link', { name: 'Break it' }).click()
  await badge('failed').waitFor()
  const reason = page.getByLabel('Why the build failed')
  await reason.getByText('exit code 3').waitFor()
  expect(await reason.locator('pre').textContent()).toContain('>>> RUN echo about to fail; exit 3')
  await page.locator('.log-text', { hasText: 'about to fail' }).waitFor()
  await page.locator('.step-row[aria-current]', { hasText: 'RUN echo about to fail' }).waitFor()
  expect(await page.locator('.source-line.own').textContent()).toMatch(/^3RUN echo about to fail[^␍]*$/)
  await page.locator('.step-panel .reasons', { hasText: 'The instruction changed' }).waitFor()
  await page.locator('.step-row', { hasText: 'COPY Dockerfile' }).click()
  await page.locator('.step-panel .reasons', { hasText: 'changed Dockerfile' }).waitFor()
})

test('a retry starts a new build of the same commit, and a build can be cancelled', async () => {
  const failed = new URL(page.url()).pathname
  await page.getByRole('button', { name: 'Build again' }).press('Enter')
  await page.waitForURL((url) => url.pathname !== failed)
  await expect.poll(focused).toBe('content')
  await badge('failed').waitFor()
  await page.getByText('built again by admin').waitFor()
  repository.commit({ Dockerfile: 'FROM busybox\nRUN echo waiting; sleep 300\n' }, { message: 'Take long' })
  await push()
  await page.getByRole('link', { name: 'Builds' }).first().click()
  await page.getByRole('link', { name: 'Take long' }).click()
  await page.locator('.log-text', { hasText: 'waiting' }).waitFor()
  // In the dialog of a deletion the focus is not on what cannot be undone.
  await page.goto(`${server.url}/projects/app/settings`)
  await page.getByRole('button', { name: 'Delete project' }).press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.getByRole('heading', { name: 'app', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Workers' }).click()
  const running = page.getByRole('link', { name: /^build \d+$/ })
  await running.waitFor()
  expect(await findBarriers(page)).toEqual([])
  await running.click()
  await page.getByRole('button', { name: 'Cancel' }).press('Enter')
  await badge('cancelled').waitFor()
  await expect.poll(focused).toBe('content') // the focus is not lost with the button
})

test('the image is compared with that of the previous build', async () => {
  repository.commit(
    { Dockerfile: 'FROM busybox\nENV MODE=fast\nCOPY Dockerfile /a\nCOPY Dockerfile /b\n' },
    { message: 'Add a file' },
  )
  await push()
  await page.getByRole('link', { name: 'Builds' }).first().click()
  await page.getByRole('link', { name: 'Add a file' }).click()
  await badge('succeeded').waitFor()
  await page.getByRole('link', { name: 'Image', exact: true }).click()
  const comparison = page.locator('section', { hasText: 'Compared with build' })
  await comparison.getByText('+ MODE=fast').waitFor()
  await comparison.locator('summary', { hasText: 'COPY Dockerfile /b' }).click()
  await comparison.locator('code', { hasText: '/b' }).last().waitFor()
})

test('names and logs with HTML or terminal escapes are shown as text', async () => {
  const name = '<img src=x onerror=alert(1)>'
  const dockerfile = [
    'FROM busybox',
    `ARG NAME="${name}\u202e"`,
    `RUN echo "${name}<script>alert(2)</script>"; printf '\\033]0;title\\007\\033[2J\\033]8;;javascript:alert(3)\\033\\\\link\\n'; exit 1`,
  ]
  repository.commit({ Dockerfile: `${dockerfile.join('\n')}\n` }, { message: `${name}\x1b[31m` })
  await push()
  await page.getByRole('link', { name: 'Builds' }).first().click()
  await page.getByRole('link', { name }).first().click()
  await badge('failed').waitFor()
  await page.locator('.log-text', { hasText: `${name}<script>alert(2)</script>` }).waitFor()
  expect(await page.locator('.log-row').nth(1).locator('.log-text').textContent()).toBe('link')
  expect(await page.locator('main img, main script, .log-text a').count()).toBe(0)
})

/** Number of the first visible line of the log, and the number of visible lines. */
async function linesInView(): Promise<{ readonly first: number; readonly count: number }> {
  const box = await page.locator('.log-box').boundingBox()
  const rows = await page.locator('.log-row').evaluateAll((found) =>
    found.map((row) => {
      const { top, height } = row.getBoundingClientRect()
      return { top, height, line: Number(row.firstChild?.textContent) }
    }),
  )
  const { y = 0, height = 0 } = box ?? {}
  const inView = rows.filter(({ top }) => top >= y && top < y + height)
  return { first: inView[0]?.line ?? 0, count: inView.length }
}

test('any of a million lines can be shown and found, with few lines in the document', async () => {
  repository.commit({ Dockerfile: 'FROM busybox\nRUN seq 1 1000000\n' }, { message: 'Print a million lines' })
  await push()
  await page.getByRole('link', { name: 'Builds' }).first().click()
  await page.getByRole('link', { name: 'Print a million lines' }).click()
  await badge('succeeded').waitFor({ timeout: 60_000 })
  await page.locator('.step-row', { hasText: 'RUN seq' }).click()
  await page.getByText('1,000,000 lines').waitFor()
  await page.getByLabel('Log text').press('Home')
  await page.locator('.log-text', { hasText: /^1$/ }).waitFor()
  await page.getByLabel('Log text').press('PageDown')
  await expect.poll(async () => (await linesInView()).first).toBeGreaterThan(5)
  const { first, count } = await linesInView()
  expect(first).toBeLessThanOrEqual(count) // no line is skipped
  await page.getByLabel('Log text').press('End')
  await page.locator('.log-text', { hasText: /^1000000$/ }).waitFor()
  await page.getByLabel('Search the log').fill('654321')
  await page.locator('.log-row.current', { hasText: '654321' }).waitFor()
  expect(await page.locator('.log-row').count()).toBeLessThan(100)
})

test('a line number is a link to the line', async () => {
  await page.locator('.log-row.current .log-number').click()
  expect(page.url()).toMatch(/\/builds\/\d+#step:[\w.~%-]+:654321$/)
  await page.reload()
  await page.locator('.log-row.current', { hasText: /654321$/ }).waitFor()
  await page.goto(page.url().replace(/654321$/, '17'))
  await page.locator('.log-row.current', { hasText: /1717$/ }).waitFor()
})

test('a read-only token shows builds, but no button or form that the server would refuse', async () => {
  const { value } = await server.api.call('createToken', { body: { name: 'reader', scope: 'read' } })
  const { page, complaints } = await openPage(browser)
  await logIn(page, server.url, value)
  const seen = async (path: string): Promise<readonly string[]> => {
    await page.goto(server.url + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.locator('.loading').waitFor({ state: 'detached' })
    const buttons = await page.locator('main button:enabled:not(.step-row)').allTextContents()
    return buttons.filter((text) => /add|build|cancel|create|delete|new|prune|replace|save|set|start/i.test(text))
  }
  for (const path of ['/', '/projects', '/builds/1', '/projects/app', '/projects/app/settings']) {
    expect([path, await seen(path)]).toEqual([path, []])
  }
  for (const path of ['/projects/app/secrets', '/projects/app/webhook', '/workers', '/disk']) {
    expect([path, await seen(path)]).toEqual([path, []])
  }
  for (const path of ['/new-project', '/tokens']) {
    expect([path, await seen(path)]).toEqual([path, []])
    await page.getByText('This page needs a token of scope admin').waitFor()
  }
  expect(complaints).toEqual([])
  await page.context().close()
})

test('no page loads resources from elsewhere or has script errors', () => {
  expect(opened.complaints).toEqual([])
})

const PATHS = [
  ...['/', '/projects', '/new-project', '/projects/app', '/projects/app/settings', '/projects/app/secrets'],
  ...['/projects/app/webhook', '/builds/1', '/builds/2', '/builds/1/image', '/builds/1/details'],
  ...['/workers', '/disk', '/tokens', '/nowhere'],
]
const DARK_PATHS = ['/', '/projects/app/webhook', '/builds/2', '/builds/1/image', '/disk', '/tokens']

test.each([
  { width: 360, theme: 'light', paths: PATHS },
  { width: 1440, theme: 'dark', paths: DARK_PATHS },
] as const)(
  'axe-core finds no serious fault at $width px, $theme, and nothing is wider than the screen',
  async (options) => {
    const { page, complaints } = await openPage(browser, options)
    await logIn(page, server.url, server.token)
    for (const path of options.paths) {
      await page.goto(server.url + path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.locator('.loading').waitFor({ state: 'detached' })
      expect(await findBarriers(page), path).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), path).toBeLessThanOrEqual(0)
    }
    expect(complaints).toEqual([])
  },
)
