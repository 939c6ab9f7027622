import { createHmac, randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from '../support/start-test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer(serverDirectory(), { TSBUILD_SERVER_WORKER_SLOTS: '0' })
  const settings = {
    repository: { url: 'https://bitbucket.org/team/app.git', forge: 'bitbucket' },
    triggers: { branches: ['**'] },
  } as const
  await server.api.call('createProject', { body: { name: 'app', settings, webhookSecret: WEBHOOK_SECRET } })
})

function branch(name: string) {
  return { new: { type: 'branch', name, target: { hash: '1'.repeat(40), message: 'm' } } }
}

test('a push of several refs builds each valid ref once, and the response and delivery explain the others', async () => {
  const deleted = { old: { type: 'branch', name: 'gone' }, new: null }
  const changes = [branch('main'), branch('a..b'), deleted, branch('feature/ünïcode')]
  const body = JSON.stringify({ push: { changes } })
  const signature = `sha256=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}`
  const headers = {
    'content-type': 'application/json',
    'x-event-key': 'repo:push',
    'x-request-uuid': randomUUID(),
    'x-hub-signature': signature,
  }
  const send = () => fetch(`${server.url}/hooks/app`, { method: 'POST', headers, body })
  const answer = await send()
  expect(answer.status).toBe(202)
  const reason = 'Cannot check out "refs/heads/a..b": not a valid ref name; refs/heads/gone was deleted'
  const { builds, ...rest } = (await answer.json()) as { builds: number[] }
  expect(rest).toEqual({ outcome: 'accepted', reason })
  expect(await (await send()).json()).toEqual({ outcome: 'duplicate' })
  const listed = (await server.api.call('listBuilds')).builds.map(({ ref }) => ref).sort()
  expect(listed).toEqual(['refs/heads/feature/ünïcode', 'refs/heads/main'])
  const { deliveries } = await server.api.call('listDeliveries', { path: { project: 'app' } })
  expect(deliveries).toEqual([expect.objectContaining({ outcome: 'accepted', reason, builds })])
})

test('an unsigned ping of Bitbucket Data Center is accepted', async () => {
  const settings = {
    repository: { url: 'https://bitbucket.example.com/team/app.git', forge: 'bitbucket-server' },
  } as const
  await server.api.call('createProject', { body: { name: 'tested', settings, webhookSecret: WEBHOOK_SECRET } })
  const ping = async (headers: Record<string, string>, event = 'diagnostics:ping'): Promise<number> => {
    const all = { 'content-type': 'application/json', 'x-event-key': event, 'x-request-id': randomUUID(), ...headers }
    return (await fetch(`${server.url}/hooks/tested`, { method: 'POST', headers: all, body: '{"test":true}' })).status
  }
  expect(await ping({})).toBe(200)
  expect(await ping({ 'x-hub-signature': 'sha256=00' })).toBe(401)
  expect(await ping({}, 'repo:refs_changed')).toBe(401)
})

test('content types and the scheme of a token are recognized in capitals', async () => {
  const settings = { repository: { url: 'https://github.com/team/app.git', forge: 'github' } } as const
  const answer = await fetch(`${server.url}/api/v1/projects`, {
    method: 'POST',
    headers: { 'content-type': 'APPLICATION/JSON; Charset=UTF-8', authorization: `BEARER ${server.token}` },
    body: JSON.stringify({ name: 'form', settings, webhookSecret: WEBHOOK_SECRET }),
  })
  expect(answer.status).toBe(201)
  const push = { ref: 'refs/heads/main', after: '1'.repeat(40), head_commit: { id: '1'.repeat(40), message: 'm' } }
  const body = new URLSearchParams({ payload: JSON.stringify(push) }).toString()
  const headers = {
    'content-type': 'Application/X-WWW-Form-URLEncoded',
    'x-github-event': 'push',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')}`,
  }
  expect((await fetch(`${server.url}/hooks/form`, { method: 'POST', headers, body })).status).toBe(202)
})
