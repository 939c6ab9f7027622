import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importBusyboxInto } from './support/busybox-base.ts'
import { createRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer } from './support/start-test-server.ts'

interface Received {
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}

const directory = serverDirectory()
const received: Received[] = []
let failures = 0
/** Statuses with this description are answered after some seconds. */
let slowState = ''
/** Statuses of this build are answered with 503. */
let refusedBuild = 0
let server: TestServer
let receiver: Server
let address: string

beforeAll(async () => {
  importBusyboxInto(join(directory, 'store'), directory)
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      failures -= 1
      const body = Buffer.concat(chunks).toString()
      const headers = request.headers as Record<string, string>
      const isSlow = slowState !== '' && body.includes(`"${slowState}"`)
      const answer = (status: number): void => {
        if (status === 201) received.push({ path: request.url ?? '', headers, body })
        response.writeHead(status).end()
      }
      const isRefused = failures >= 0 || (refusedBuild > 0 && body.includes(`/builds/${refusedBuild}"`))
      setTimeout(answer, isSlow ? 4000 : 0, isRefused ? 503 : 201)
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(receiver.address() as { port: number }).port}`
  server = await startTestServer(directory, {
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_PUBLIC_URL: 'https://builds.example.com/',
    TSBUILD_SERVER_WEBHOOKS_HARBOR_AUTHORIZATION: 'Bearer of this test',
  })
  const repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM busybox\nLABEL a=b\n' })
  const settings = {
    repository: { url: repository.url, forge: 'gitea', apiUrl: `${address}/api/v1` },
    notifications: [{ url: `${address}/notification`, secret: 'notify-key', on: ['succeeded'] }],
  }
  await server.api.call('createProject', { body: { name: 'app', settings } })
  for (const [secret, value] of [
    ['git-token', 'forge token'],
    ['notify-key', 'signing key'],
  ] as const) {
    await server.api.call('putSecret', { path: { project: 'app', secret }, body: { value } })
  }
})
afterAll(() => receiver?.close())

describe('after a build', () => {
  test('the commit status is set, and signed notifications are sent; both are retried', async () => {
    failures = 1
    const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
    const build = await server.ended(id)
    await expect
      .poll(
        () =>
          received.some(({ path }) => path === '/notification') &&
          received.some(({ body }) => body.includes('"success"')),
        { timeout: 60_000 },
      )
      .toBe(true)
    const status = received.find(({ body }) => body.includes('"success"'))
    expect(status?.path).toMatch(new RegExp(`/statuses/${build.commit}$`))
    expect(status?.headers['authorization']).toBe('token forge token')
    expect(JSON.parse(status?.body ?? '')).toEqual({
      state: 'success',
      context: 'tsbuild/app',
      description: 'Image built',
      target_url: `https://builds.example.com/builds/${id}`,
    })
    const notification = received.find(({ path }) => path === '/notification')
    const signed = `${notification?.headers['webhook-id']}.${notification?.headers['webhook-timestamp']}.${notification?.body}`
    expect(notification?.headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', 'signing key').update(signed).digest('base64')}`,
    )
    expect(JSON.parse(notification?.body ?? '')).toMatchObject({
      type: 'build.succeeded',
      build: { id, state: 'succeeded' },
    })
  })

  test('the last commit status is that of the end, even if an earlier one takes longer', async () => {
    const { builds } = await server.api.call('listBuilds')
    slowState = 'Building'
    const { id } = await server.api.call('retryBuild', { path: { build: builds[0]?.id ?? 0 } })
    await server.ended(id)
    const ofBuild = () => received.filter(({ path, body }) => path.includes('/statuses/') && body.includes(`/${id}"`))
    await expect.poll(() => ofBuild().some(({ body }) => body.includes('Building'))).toBe(true)
    await expect.poll(() => ofBuild().at(-1)?.body).toContain('"success"')
    slowState = ''
  })

  test('a late status of a build is not sent if its commit is built again', async () => {
    const first = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
    refusedBuild = first.id
    const ended = await server.ended(first.id)
    await expect.poll(() => server.output()).toMatch(`"what":"status","build":${first.id}`)
    const again = await server.api.call('retryBuild', { path: { build: first.id } })
    await server.ended(again.id)
    refusedBuild = 0
    await new Promise((resolve) => setTimeout(resolve, 12_000)) // the first retry follows after 5 to 10 seconds
    const statuses = received.filter(({ path }) => path.endsWith(`/statuses/${ended.commit}`))
    expect(JSON.parse(statuses.at(-1)?.body ?? '')).toMatchObject({
      state: 'success',
      target_url: `https://builds.example.com/builds/${again.id}`,
    })
  })

  test('a new base image triggers one build of the branch, another image none', async () => {
    const report = (reference: string, digest: string, authorization = 'Bearer of this test') =>
      fetch(`${server.url}/hooks/harbor`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({
          type: 'PUSH_ARTIFACT',
          event_data: { resources: [{ resource_url: reference, digest }] },
        }),
      })
    expect(await (await report('other:latest', `sha256:${'1'.repeat(64)}`)).json()).toEqual({ builds: [] })
    const moved = await report('busybox:latest', `sha256:${'2'.repeat(64)}`)
    const { builds } = (await moved.json()) as { builds: number[] }
    expect([moved.status, builds.length]).toEqual([202, 1])
    const build = await server.api.call('showBuild', { path: { build: builds[0] ?? 0 } })
    expect(build).toMatchObject({ ref: 'refs/heads/main', trigger: { kind: 'base-image', by: 'busybox:latest' } })
    await server.api.call('cancelBuild', { path: { build: build.id } })
    expect(await (await report('busybox:latest', `sha256:${'2'.repeat(64)}`)).json()).toEqual({ builds: [] })
  })

  test('metrics count the build, and workers are listed', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text()
    const { builds } = await server.api.call('listBuilds', { query: { state: 'succeeded' } })
    expect(text.split('\n')).toContain(`tsbuild_builds{state="succeeded"} ${builds.length}`)
    expect(text).toMatch(/^tsbuild_workers 1$/m)
    const { workers } = await server.api.call('listWorkers')
    expect(workers).toEqual([expect.objectContaining({ slots: 2, draining: false })])
  })
})
