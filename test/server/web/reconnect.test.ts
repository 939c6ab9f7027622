import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRepository } from '../support/git-repository.ts'
import { startBusyboxServer } from '../support/start-busybox-server.ts'
import { serverDirectory, type TestServer } from '../support/start-test-server.ts'
import { logIn, openBrowser, openPage } from './support/open-browser.ts'

const directory = serverDirectory()
let server: TestServer
let browser: Browser
let proxy: Server
let isAway = false
let refusals = 0

beforeAll(async () => {
  const repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM busybox\nRUN sleep 8; echo done\n' }, { message: 'Take a while' })
  ;[server, browser] = await Promise.all([startBusyboxServer(directory), openBrowser()])
  const settings = { repository: { url: repository.url } }
  await server.api.call('createProject', { body: { name: 'app', settings } })
  // Like a reverse proxy, which responds in place of the server while it restarts.
  proxy = createServer((incoming, outgoing) => {
    if (isAway) {
      refusals += 1
      outgoing.writeHead(502).end('Bad Gateway')
      return
    }
    const { method, url, headers } = incoming
    const onward = request(`${server.url}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  proxy?.closeAllConnections()
  proxy?.close()
})

test('pages reconnect after a proxy has responded in place of the server', async () => {
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const [one, all] = await Promise.all([openPage(browser), openPage(browser)])
  await logIn(one.page, url, server.token)
  await logIn(all.page, url, server.token)
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  await one.page.goto(`${url}/builds/${id}`)
  const badge = one.page.locator('.build-header .badge')
  const listed = all.page.locator('main .badge').first()
  for (const place of [badge, listed]) await expect.poll(() => place.textContent()).toBe('running')
  isAway = true
  proxy.closeAllConnections()
  await expect.poll(() => refusals).toBeGreaterThanOrEqual(2)
  await one.page.getByText('Connection lost').waitFor()
  isAway = false
  expect((await server.ended(id)).state).toBe('succeeded')
  for (const place of [badge, listed]) await expect.poll(() => place.textContent()).toBe('succeeded')
})

test('a page with a revoked token shows the login form', async () => {
  const { token, value } = await server.api.call('createToken', { body: { name: 'visitor', scope: 'read' } })
  const { page } = await openPage(browser)
  await logIn(page, server.url, value)
  await server.api.call('deleteToken', { path: { token: token.id } })
  await page.getByLabel('Token').waitFor({ timeout: 30_000 })
})
