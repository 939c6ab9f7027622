import type { Browser, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createRepository } from '../support/git-repository.ts'
import { startBusyboxServer } from '../support/start-busybox-server.ts'
import { serverDirectory, type TestServer } from '../support/start-test-server.ts'
import { logIn, openBrowser, openPage } from './support/open-browser.ts'

const directory = serverDirectory()
let server: TestServer
let browser: Browser
let page: Page

beforeAll(async () => {
  const repository = createRepository(directory, 'app')
  const lines = ['FROM busybox', 'RUN seq 1000000', ...Array.from({ length: 12 }, (_, index) => `RUN echo ${index}`)]
  repository.commit({ Dockerfile: `${lines.join('\n')}\nRUN echo the last\n` })
  ;[server, browser] = await Promise.all([startBusyboxServer(directory), openBrowser()])
  const settings = { repository: { url: repository.url } }
  await server.api.call('createProject', { body: { name: 'app', settings } })
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  expect((await server.ended(id)).state).toBe('succeeded')
  const absent = await server.api.call('triggerBuild', { path: { project: 'app' }, body: { ref: 'absent' } })
  expect((await server.ended(absent.id)).state).toBe('failed')
  page = (await openPage(browser)).page
  await logIn(page, server.url, server.token)
})
const current = () => page.locator('.step-row[aria-current]')
const states = () => page.locator('.builds .badge').allTextContents()

test('the chosen step is shown after a reload and on return, and choosing one does not move the list', async () => {
  await page.setViewportSize({ width: 1440, height: 500 })
  await page.goto(`${server.url}/builds/1`)
  await current().getByText('echo the last').waitFor()
  const row = page.locator('.step-row', { hasText: 'RUN seq 1000000' })
  const before = await row.boundingBox()
  await row.click()
  await current().getByText('RUN seq 1000000').waitFor()
  await page.locator('.log-text', { hasText: /^1$/ }).waitFor()
  expect(await row.boundingBox()).toEqual(before)
  await page.reload()
  await current().getByText('RUN seq 1000000').waitFor()
  await page.getByRole('link', { name: 'Details', exact: true }).click()
  await page.getByText('Attempts').waitFor()
  await page.goBack()
  await current().getByText('RUN seq 1000000').waitFor()
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('a chosen step keeps its color under the pointer', async () => {
  const color = () =>
    page.evaluate("getComputedStyle(document.querySelector('.step-row[aria-current]')).backgroundColor")
  await page.mouse.move(0, 0)
  const away = await color()
  await current().hover()
  expect(await color()).toBe(away)
  expect(away).toMatch(/^rgb/)
})

test('the lines of a long log are aligned, whatever the number of digits', async () => {
  await page.locator('.log-box').press('End')
  await page.locator('.log-text', { hasText: /^1000000$/ }).waitFor()
  const edges = await page.evaluate(
    "[...document.querySelectorAll('.log-text')].map((text) => Math.round(text.getBoundingClientRect().left))",
  )
  expect(new Set(edges as readonly number[]).size).toBe(1)
})

test('the filter of the builds is kept by a reload and on return, and removed by the link to all builds', async () => {
  await page.goto(server.url)
  await expect.poll(states).toHaveLength(2)
  await page.getByLabel('State').selectOption('failed')
  await expect.poll(states).toEqual(['failed'])
  await page.reload()
  await expect.poll(states).toEqual(['failed'])
  await page.getByRole('link', { name: 'Build of absent' }).click()
  await page.waitForURL(/builds\/2$/)
  await page.goBack()
  await expect.poll(states).toEqual(['failed'])
  expect(await page.getByLabel('State').inputValue()).toBe('failed')
  await page.getByRole('link', { name: 'Builds', exact: true }).click()
  await expect.poll(states).toHaveLength(2)
})

test('a button that is disabled while its request runs has the focus afterwards', async () => {
  await page.goto(`${server.url}/disk`)
  await page.getByLabel('Only data that has been unused for this many hours').fill('1000')
  await page.getByRole('button', { name: 'Prune' }).press('Enter')
  await page.getByText('Reclaimed').waitFor()
  await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toBe('Prune')
})

test('tagged images are pruned after a confirmation only', async () => {
  await page.goto(`${server.url}/disk`)
  await page.getByLabel('Include tagged images').check()
  await page.getByRole('button', { name: 'Prune' }).press('Enter')
  await page.getByRole('dialog', { name: 'Prune tagged images too?' }).waitFor()
  await page.keyboard.press('Enter') // on "Cancel"
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect(await page.getByText('Reclaimed').count()).toBe(0)
  expect((await server.api.call('showDisk')).groups.find(({ name }) => name === 'images')?.count).toBeGreaterThan(0)
  await page.getByRole('button', { name: 'Prune' }).press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: 'Prune' }).click()
  await page.getByText('Reclaimed').waitFor()
})

test('a field that the browser refuses is shown with its label and the form that it requires', async () => {
  await page.setViewportSize({ width: 1440, height: 400 })
  await page.goto(`${server.url}/new-project`)
  const field = page.getByLabel('Name', { exact: true })
  await field.fill('Bad Name!')
  await page.getByLabel('Git URL').fill('https://git.example.com/app.git')
  await page.getByRole('button', { name: 'Add project' }).press('Enter')
  const label = page.locator('label', { hasText: /^Name$/ })
  await expect.poll(() => page.evaluate('document.activeElement?.validity?.patternMismatch')).toBe(true)
  await expect.poll(async () => (await label.boundingBox())?.y).toBeGreaterThanOrEqual(0)
  expect(await field.getAttribute('title')).toContain('Lowercase letters')
  await page.setViewportSize({ width: 1440, height: 900 })
})

test('what does not exist is reported without a hint for the command line', async () => {
  await page.goto(`${server.url}/builds/99`)
  await page.getByRole('alert').getByText('no such build').waitFor()
  expect(await page.getByText('tsbuild server').count()).toBe(0)
})

test('a session that ends while its page is open is reported, and one that is closed by its button is not', async () => {
  const note = page.getByText('The session has ended')
  const created = await server.api.call('createToken', { body: { name: 'short', scope: 'read' } })
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'Log in to tsbuild' }).waitFor()
  expect(await note.count()).toBe(0)
  await logIn(page, server.url, created.value)
  await server.api.call('deleteToken', { path: { token: String(created.token.id) } })
  await note.waitFor()
  await page.getByLabel('Token').fill(server.token)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Builds', level: 1 }).waitFor()
})
