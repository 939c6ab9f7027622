import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importBusyboxInto } from '../support/busybox-base.ts'
import { findBarriers } from './support/find-barriers.ts'
import { openBrowser, openPage } from './support/open-browser.ts'

const program = resolve(import.meta.dirname, '../../../bin/tsbuild')
const directory = mkdtempSync(join(tmpdir(), 'ts-ui-'))
const store = join(directory, 'store')
const children: ChildProcess[] = []
let browser: Browser

beforeAll(async () => {
  importBusyboxInto(store, directory)
  browser = await openBrowser()
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

/** Starts tsbuild with a page, and waits until it has printed the address. */
const withPage = (...words: string[]) => withPageIn({ CI: '' }, ...words)

async function withPageIn(variables: NodeJS.ProcessEnv, ...words: string[]) {
  const env = { ...process.env, ...variables }
  const child = spawn(program, ['--root', store, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(child)
  const gone = once(child, 'close')
  let output = ''
  const url = await new Promise<string>((settle, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const found = /http:\/\/127\.0\.0\.1:\d+\/open\?token=\S+/.exec(output)?.[0]
      if (found !== undefined) settle(found)
    })
    child.once('close', () => reject(new Error(output)))
  })
  return { url, child, ended: gone.then(([status]) => status as number), output: () => output }
}

function context(dockerfile: string): string {
  const path = join(directory, 'context')
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'Dockerfile'), dockerfile)
  return path
}

describe('tsbuild build --ui', () => {
  test("shows the running build and then its image, and exits with the build's exit code when the page is closed", async () => {
    const path = context('FROM busybox\nRUN echo first; sleep 2; seq 1 1000\nCOPY Dockerfile /a\n')
    const { url, ended } = await withPage('build', '--ui', '-t', 'app', path)
    const { page, complaints } = await openPage(browser)
    await page.goto(url)
    await page.locator('.log-text', { hasText: 'first' }).waitFor()
    await page.getByText('running').first().waitFor()
    await page.locator('.build-header .badge', { hasText: 'succeeded' }).waitFor()
    expect(new URL(page.url()).search).toBe('')
    await page.getByRole('link', { name: 'Image', exact: true }).click()
    await page.getByRole('button', { name: /COPY Dockerfile/ }).click()
    await page.locator('.layer-files td', { hasText: '/a' }).waitFor()
    expect(await findBarriers(page)).toEqual([])
    await page.getByRole('link', { name: 'Disk', exact: true }).click()
    await page.getByRole('heading', { name: 'Disk use' }).waitFor()
    await page.locator('td', { hasText: 'Build cache' }).waitFor()
    expect(complaints).toEqual([])
    await page.close()
    expect(await ended).toBe(0)
  })

  test('shows why a step failed with the lines of the Dockerfile, and runs until Ctrl-C', async () => {
    const path = context('FROM busybox\nRUN echo about to fail; exit 3\n')
    const { url, child, ended, output } = await withPage('build', '--ui', '--progress', 'plain', path)
    const { page } = await openPage(browser, { width: 360, theme: 'dark' })
    await page.goto(url)
    await page.locator('.build-header .badge', { hasText: 'failed' }).waitFor()
    const reason = page.getByLabel('Why the build failed')
    expect(await reason.locator('pre').textContent()).toContain('>>> RUN echo about to fail; exit 3')
    expect(await findBarriers(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    child.kill('SIGINT')
    expect(await ended).toBe(3)
    expect(output()).toContain('The page is served until it is closed')
    await page.close()
  })

  test('can be cancelled from the page', async () => {
    const { url, ended } = await withPage('build', '--ui', context('FROM busybox\nRUN echo begin; sleep 300\n'))
    const { page } = await openPage(browser)
    await page.goto(url)
    await page.locator('.log-text', { hasText: 'begin' }).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('.build-header .badge', { hasText: 'cancelled' }).waitFor()
    await page.close()
    expect(await ended).not.toBe(0)
  })
})

test('masks secrets of the build in logs, as they are and in base64', async () => {
  const secret = 'correct horse battery'
  const file = join(directory, 'token')
  writeFileSync(file, secret)
  const show = 'cat /run/secrets/token; echo; base64 /run/secrets/token; echo shown; exit 1'
  const path = context(`FROM busybox\nRUN --mount=type=secret,id=token ${show}\n`)
  const { url, child, ended } = await withPage('build', '--ui', '--secret', `id=token,src=${file}`, path)
  const { page } = await openPage(browser)
  await page.goto(url)
  await page.locator('.log-text', { hasText: 'shown' }).waitFor()
  const lines = await page.locator('.log-text').allTextContents()
  expect(lines.map((line) => line.trim())).toEqual(['***', '***', 'shown'])
  const log = await page.evaluate(`fetch('/api/v1/builds/1/log').then((answer) => answer.text())`)
  expect(log).toContain('***')
  expect(log).not.toContain(secret)
  await page.locator('.build-header .badge', { hasText: 'failed' }).waitFor()
  child.kill('SIGINT')
  await ended
  await page.close()
})

test('tsbuild ui lists builds that had a page, with steps, logs and image, and masked secrets', async () => {
  const { url, ended } = await withPage('ui')
  const { page, complaints } = await openPage(browser)
  await page.goto(url)
  await page.getByRole('heading', { name: 'Builds', level: 1 }).waitFor()
  const rows = page.locator('.build-row')
  await expect
    .poll(() => rows.locator('.badge').allTextContents())
    .toEqual(['failed', 'cancelled', 'failed', 'succeeded'])
  expect(await findBarriers(page)).toEqual([])
  await rows.first().click()
  await page.locator('.log-text', { hasText: 'shown' }).waitFor()
  expect(await page.locator('.log-text').first().textContent()).toBe('***')
  expect(await page.getByRole('button', { name: /again|Cancel/ }).count()).toBe(0)
  await page.getByRole('link', { name: 'Builds', exact: true }).click()
  await rows.last().click()
  await page.locator('.step-row', { hasText: 'RUN echo first' }).click()
  await page.getByText('1,001 lines').waitFor()
  await page.getByRole('link', { name: 'Image', exact: true }).click()
  await page.getByRole('button', { name: /COPY Dockerfile/ }).click()
  await page.locator('.layer-files td', { hasText: '/a' }).waitFor()
  expect(complaints).toEqual([])
  await page.close()
  expect(await ended).toBe(0)
})

test('tsbuild ui IMAGE shows an image of the store', async () => {
  const { url, ended } = await withPage('ui', 'busybox')
  const { page } = await openPage(browser)
  await page.goto(url)
  await page.getByText('linux/').waitFor()
  await page.locator('.layers, section', { hasText: 'Layers' }).first().waitFor()
  expect(await page.getByRole('link', { name: 'Steps' }).count()).toBe(0)
  await page.close()
  expect(await ended).toBe(0)
})

describe('the address of the page', () => {
  test('requires the token, and refuses requests from other sites and host names', async () => {
    const { url, child, ended } = await withPage('ui')
    const { origin, host } = new URL(url)
    const statusOf = async (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> =>
      (await fetch(origin + path, { method, headers, redirect: 'manual' })).status
    expect(await statusOf('/api/v1/builds/1')).toBe(401)
    expect(await statusOf('/')).toBe(401)
    expect(await statusOf('/open?token=wrong')).toBe(401)
    const entered = await fetch(url, { redirect: 'manual' })
    expect(entered.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/)
    const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    expect(await statusOf('/api/v1/disk', { cookie })).toBe(200)
    const other = { cookie, origin: 'http://evil.example', 'content-type': 'application/json' }
    expect(await statusOf('/api/v1/disk/prune', other, 'POST')).toBe(403)
    expect(await hostStatus(host, cookie)).toBe(401)
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  })
})

/** As after DNS rebinding; fetch does not allow this header. */
async function hostStatus(host: string, cookie: string): Promise<number> {
  const { request } = await import('node:http')
  const headers = { host: `evil.example:${host.split(':')[1]}`, cookie }
  const sent = request(`http://${host}/api/v1/builds/1`, { headers })
  sent.end()
  const [answer] = await once(sent, 'response')
  answer.resume()
  return answer.statusCode as number
}

test('the page ends with the build in a CI job, where no person opens the page', async () => {
  const { ended } = await withPageIn({ CI: 'true' }, 'build', '--ui', context('FROM scratch\nCOPY Dockerfile /\n'))
  expect(await ended).toBe(0)
})

describe('in a session of ssh, the command is printed that forwards the port of', () => {
  const here = { CI: '', SSH_CONNECTION: '' }
  const there = { CI: '', SSH_CONNECTION: '192.0.2.7 50000 192.0.2.9 2222' }

  test.each([
    ['a build', ['build', '--ui', '--quiet']],
    ['the past builds', ['ui']],
  ])('%s', async (_, words) => {
    const path = words[0] === 'build' ? [context('FROM busybox\n')] : []
    const { url, child, ended, output } = await withPageIn(there, ...words, ...path)
    const { port } = new URL(url)
    await expect.poll(output).toContain(`ssh -L ${port}:127.0.0.1:${port} -p 2222 192.0.2.9\n`)
    child.kill('SIGINT')
    await ended
  })

  test('none in a local one', async () => {
    const { child, ended, output } = await withPageIn(here, 'ui')
    child.kill('SIGINT')
    await ended
    expect(output()).not.toContain('ssh')
  })
})
