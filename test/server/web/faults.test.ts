import type { Browser, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createRepository, type GitRepository } from '../support/git-repository.ts'
import { startBusyboxServer } from '../support/start-busybox-server.ts'
import { serverDirectory, type TestServer } from '../support/start-test-server.ts'
import { logIn, openBrowser, openPage } from './support/open-browser.ts'

const directory = serverDirectory()
let server: TestServer
let repository: GitRepository
let browser: Browser
let page: Page

beforeAll(async () => {
  repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM busybox\nCOPY Dockerfile /a\nRUN echo the end of the log\n' })
  ;[server, browser] = await Promise.all([startBusyboxServer(directory), openBrowser()])
  const settings = { repository: { url: repository.url } }
  await server.api.call('createProject', { body: { name: 'app', settings } })
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  expect((await server.ended(id)).state).toBe('succeeded')
  page = (await openPage(browser)).page
  await logIn(page, server.url, server.token)
})
/** Pages, the requests they depend on, and their final content. */
const needs: readonly (readonly [string, RegExp, string])[] = [
  ['/', /\/api\/v1\/session$/, 'a change'],
  ['/', /\/api\/v1\/builds\?/, 'a change'],
  ['/builds/1', /\/api\/v1\/builds\/1$/, 'the end of the log'],
  ['/builds/1', /\/api\/v1\/builds\/1\/steps$/, 'the end of the log'],
  ['/builds/1', /\/steps\/.*\/log\?/, 'the end of the log'],
  ['/builds/1/image', /\/image$/, 'Configuration'],
  ['/projects', /\/projects$/, 'Not pushed'],
  ['/projects/app', /\/projects\/app$/, 'Start build'],
  ['/projects/app/webhook', /\/deliveries\?/, 'No webhook received yet'],
  ['/workers', /\/workers$/, '0 of 2 busy'],
  ['/disk', /\/disk$/, 'Build cache'],
  ['/tokens', /\/tokens$/, 'admin'],
]

test.each(needs)('%s shows why %s failed, and offers to try again', async (path, request, text) => {
  for (const fault of ['connectionreset', 'a proxy', 'a document'] as const) {
    await page.route(request, async (route) => {
      if (route.request().resourceType() === 'document') return route.continue()
      if (fault === 'connectionreset') return route.abort(fault)
      return route.fulfill(fault === 'a proxy' ? { status: 502, body: 'Bad Gateway' } : { body: '{}' })
    })
    await page.goto(server.url + path)
    const notice = page.getByRole('alert').first()
    await notice.waitFor({ timeout: 10_000 })
    await page.unroute(request)
    await notice.getByRole('button', { name: 'Try again' }).click()
    await page.getByText(text).first().waitFor({ timeout: 10_000 })
  }
})

test.each(['js', 'css'])('a page that could not load its %s offers to load it again', async (kind) => {
  const asset = new RegExp(`/assets/.*\\.${kind}$`)
  await page.route(asset, (route) => route.abort())
  await page.goto(server.url)
  if (kind === 'js') await page.getByRole('link', { name: 'Load it again' }).waitFor({ timeout: 10_000 })
  else await page.getByText('a change').first().waitFor()
  await page.unroute(asset)
  if (kind === 'js') await page.getByRole('link', { name: 'Load it again' }).click()
  await page.getByText('a change').first().waitFor()
})

test('a page reports an event stream that does not start', async () => {
  await page.route(/\/api\/v1\/events/, () => undefined)
  await page.goto(server.url)
  await page.getByText('Connection lost').waitFor()
  await page.unroute(/\/api\/v1\/events/)
})

test.each([
  ['/builds/99', 'Build 99'],
  ['/projects/absent', 'absent'],
])('%s, which does not exist, has a heading and a title', async (path, title) => {
  await page.goto(server.url + path)
  await page.getByRole('heading', { name: title, level: 1 }).waitFor()
  await expect.poll(() => page.title()).toBe(`${title} – tsbuild`) // set after the heading
})

test('a build that ends while its page is being opened is shown to its end', async () => {
  repository.commit({ Dockerfile: 'FROM busybox\nRUN sleep 1; echo written meanwhile\n' })
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  const ended = server.ended(id)
  await page.route(new RegExp(`/api/v1/builds/${id}$`), async (route) => {
    await ended
    await route.continue()
  })
  await page.goto(`${server.url}/builds/${id}`)
  await page.locator('.log-text', { hasText: 'written meanwhile' }).waitFor()
})
