import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importBusyboxInto } from './support/busybox-base.ts'
import { createRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code?: number; readonly message?: string }
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
}

const directory = serverDirectory()
const spans: Span[] = []
const headers: string[] = []
let collector: Server
let server: TestServer

beforeAll(async () => {
  importBusyboxInto(join(directory, 'store'), directory)
  // Accepts traces like an OpenTelemetry collector: OTLP/HTTP with JSON.
  collector = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      headers.push(`${request.url} ${request.headers['x-tenant']}`)
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString())
      for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  server = await startTestServer(directory, {
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: directory,
    TSBUILD_SERVER_BUILD_NETWORK: 'none',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=builds',
  })
})
afterAll(async () => {
  await server?.stop()
  collector?.close()
})

test('a webhook, its build and the steps form one trace, without secrets', async () => {
  const repository = createRepository(directory, 'app')
  const commit = repository.commit({ Dockerfile: 'FROM busybox\nRUN echo hidden-value; sleep 0.2; exit 3\n' })
  const body = { name: 'app', settings: { repository: { url: repository.url } }, webhookSecret: WEBHOOK_SECRET }
  await server.api.call('createProject', { body })
  await server.api.call('putSecret', { path: { project: 'app', secret: 'a' }, body: { value: 'hidden-value' } })
  const answer = await server.push('app', { ref: 'refs/heads/main', commit })
  const { builds } = (await answer.json()) as { builds: number[] }
  await server.ended(builds[0] ?? 0)
  const named = (pattern: RegExp): Span | undefined => spans.find(({ name }) => pattern.test(name))
  const ofTrace = () => [/^webhook app$/, /^build app$/, /check out main/, /RUN echo/].map(named)
  await expect.poll(ofTrace).not.toContain(undefined)
  const [webhook, build, checkout, run] = ofTrace()
  expect(headers[0]).toBe('/v1/traces builds')
  expect(webhook?.parentSpanId ?? '').toBe('')
  expect(build).toMatchObject({ traceId: webhook?.traceId, parentSpanId: webhook?.spanId })
  for (const step of [checkout, run]) expect(step).toMatchObject({ parentSpanId: build?.spanId })
  expect(run?.status).toMatchObject({ code: 2 })
  const seconds = (Number(run?.endTimeUnixNano) - Number(run?.startTimeUnixNano)) / 1e9
  expect(seconds).toBeGreaterThan(0.15)
  expect(seconds).toBeLessThan(30)
  expect(build?.attributes.find(({ key }) => key === 'tsbuild.state')?.value).toEqual({ stringValue: 'failed' })
  expect(JSON.stringify(spans)).not.toContain('hidden-value')
})

test('an unavailable collector does not delay builds', async () => {
  collector.close()
  collector.closeAllConnections()
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  expect((await server.ended(id)).state).toBe('failed')
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
})
