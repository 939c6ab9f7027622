import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { beforeAll, expect, test } from 'vitest'
import { createRepository, type GitRepository } from './support/git-repository.ts'
import { startBusyboxServer } from './support/start-busybox-server.ts'
import { serverDirectory, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

type Json = { readonly [key: string]: Json } & { readonly [key: string]: unknown }

const directory = serverDirectory()
let server: TestServer
let repository: GitRepository
let document: Json
const answered = new Set<string>()

beforeAll(async () => {
  repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM busybox\nARG A\nRUN echo "$A"; echo b >&2\nCOPY Dockerfile /x\n' })
  repository.commit({ Dockerfile: 'FROM busybox\nRUN echo no; exit 7\n' }, { branch: 'broken' })
  server = await startBusyboxServer(directory)
  document = (await (await fetch(`${server.url}/api/v1/openapi.json`)).json()) as Json
})

/** Responses must not contain more than is documented. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const parts = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]))
  return parts['type'] === 'object' && parts['properties'] ? { additionalProperties: false, ...parts } : parts
}

const validators = new Map<string, ValidateFunction>()
function check(schema: unknown, value: unknown, what: string): void {
  const text = JSON.stringify(closed(schema)).replaceAll('#/components/schemas/Error', 'error')
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(closed(document['components']?.['schemas']?.['Error']) as object, 'error')
  const validate = validators.get(text) ?? ajv.compile(JSON.parse(text))
  validators.set(text, validate)
  expect(validate(value) ? [] : validate.errors, `${what}: ${JSON.stringify(value).slice(0, 500)}`).toEqual([])
}

async function call(method: string, path: string, body?: unknown): Promise<Json> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: method.toUpperCase(),
    headers: {
      authorization: `Bearer ${server.token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const [place] = path.split('?')
  const found = Object.entries(document['paths'] ?? {}).find(([template, operations]) => {
    const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
    return pattern.test(place ?? '') && method in (operations as object)
  })
  const operation = ((found ?? [])[1] as Json)[method] as Json
  const responses = operation['responses'] as Json
  const documented = (responses[String(response.status)] ?? responses['default']) as Json
  if (response.ok) {
    expect(Object.keys(responses)).toContain(String(response.status))
    answered.add(String(operation['operationId']))
  }
  const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? ''
  const content = documented['content'] as Json | undefined
  const what = `${method} ${path} ${response.status}`
  expect(content === undefined ? '' : Object.keys(content)[0], what).toBe(type)
  if (type === 'text/event-stream') {
    await response.body?.cancel()
    return {}
  }
  const text = await response.text()
  if (type !== 'application/json') return {}
  const value = JSON.parse(text) as Json
  check(content?.[type]?.['schema'], value, what)
  return value
}

async function built(ref: string, project = 'app'): Promise<number> {
  const { id } = await call('post', `/projects/${project}/builds`, { ref })
  await server.ended(Number(id))
  return Number(id)
}

test('every operation answers as the OpenAPI document describes', async () => {
  const settings = {
    repository: { url: repository.url, forge: 'generic' },
    triggers: { branches: ['**'], schedules: [{ name: 'nightly', cron: '0 3 * * *', ref: 'main' }] },
    build: { args: { A: '1' }, limits: { pids: 100 } },
  }
  await call('post', '/projects', { name: 'app', settings, webhookSecret: WEBHOOK_SECRET })
  await call('post', '/projects', { name: 'app', settings })
  await call('put', '/projects/app', settings)
  await call('put', '/projects/app', {})
  await call('put', '/projects/app/secrets/a', { value: 'a secret' })
  await call('get', '/projects')
  await call('get', '/projects/app')
  const first = await built('main')
  repository.commit({ Dockerfile: 'FROM busybox\nARG A\nRUN echo "$A"; echo c >&2\nCOPY Dockerfile /x\n' })
  const second = await built('main')
  const failed = await built('broken')
  for (const ref of ['refs/heads/main', 'refs/heads/main', 'refs/tags/none'])
    expect((await server.push('app', { ref, message: ref.endsWith('main') ? 'x' : '[skip ci]' })).status).toBeLessThan(
      300,
    )
  await call('get', '/projects/app/deliveries')
  await call('get', '/projects/app/deliveries?limit=1')
  await call('get', '/builds?limit=2')
  await call('get', '/builds?limit=x')
  for (const id of [first, second, failed]) {
    await call('get', `/builds/${id}`)
    const { steps } = await call('get', `/builds/${id}/steps`)
    for (const step of steps as unknown as { id: string }[])
      await call('get', `/builds/${id}/steps/${encodeURIComponent(step.id)}/log`)
    await call('get', `/builds/${id}/log`)
    await call('get', `/builds/${id}/events`)
    const { images } = await call('get', `/builds/${id}/image`)
    const layers = (images as unknown as { layers: { diffId: string }[] }[] | undefined)?.[0]?.layers ?? []
    for (const { diffId } of layers) await call('get', `/builds/${id}/image/layers/${diffId}/files`)
    await call('get', `/builds/${id}/provenance`)
  }
  const { id: retried } = await call('post', `/builds/${failed}/retry`)
  await call('post', `/builds/${retried}/cancel`)
  await call('get', '/builds/999')
  await call('get', '/events')
  await call('get', '/workers')
  await call('get', '/disk')
  await call('post', '/disk/prune', {})
  const { token, ...created } = await call('post', '/tokens', { name: 'ci', scope: 'build' })
  await call('get', '/tokens')
  await call('post', '/session', { token: server.token })
  await call('get', '/session')
  await call('delete', '/session')
  await call('delete', `/tokens/${(created['id'] ?? (token as Json)['id']) as unknown}`)
  await call('post', '/projects/app/webhook-secret', { keepOldHours: 1 })
  await call('get', '/projects/app')
  await call('delete', '/projects/app/secrets/a')
  await call('delete', '/projects/app')
  const all = Object.values(document['paths'] ?? {}).flatMap((one) => Object.values(one as Json))
  expect([...answered].sort()).toEqual(all.map((one) => (one as Json)['operationId'] as unknown).sort())
}, 180_000)
