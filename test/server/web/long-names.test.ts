import { beforeAll, expect, test } from 'vitest'
import { createRepository } from '../support/git-repository.ts'
import { startBusyboxServer } from '../support/start-busybox-server.ts'
import { serverDirectory, type TestServer } from '../support/start-test-server.ts'
import { logIn, openBrowser, openPage } from './support/open-browser.ts'

const stage = 's'.repeat(100)
const branch = `feature/${'b'.repeat(200)}`
const directory = serverDirectory()
let server: TestServer

beforeAll(async () => {
  const repository = createRepository(directory, 'app')
  repository.commit(
    { Dockerfile: `FROM scratch AS ${stage}\nCOPY Dockerfile /a\nFROM scratch\nCOPY --from=${stage} /a /b\n` },
    { branch },
  )
  server = await startBusyboxServer(directory)
  await server.api.call('createProject', {
    body: { name: 'app', settings: { repository: { url: repository.url } } },
  })
  const build = await server.api.call('triggerBuild', {
    path: { project: 'app' },
    body: { ref: `refs/heads/${branch}` },
  })
  expect((await server.ended(build.id)).state).toBe('succeeded')
})

test.each([360, 1440])('long names of branches and stages leave room for the rest at %i pixels', async (width) => {
  const { page } = await openPage(await openBrowser(), { width })
  await logIn(page, server.url, server.token)
  const overflow = () => page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  const row = page.locator('.build-row')
  await row.waitFor()
  expect((await row.boundingBox())?.height).toBeLessThan(150)
  expect(await overflow()).toBe(0)
  await row.click()
  const name = page.locator('.step-name', { hasText: 'COPY Dockerfile' })
  await name.waitFor()
  const [whole, where] = [await name.boundingBox(), await name.locator('.step-where').boundingBox()]
  const isBeside = (where?.height ?? 0) >= (whole?.height ?? 0) - 2
  if (isBeside) expect((where?.width ?? 0) / (whole?.width ?? 1)).toBeLessThan(0.6)
  else expect(where?.width).toBeLessThanOrEqual(whole?.width ?? 0)
  expect(await overflow()).toBe(0)
})
