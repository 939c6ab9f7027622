import { beforeAll, expect, test } from 'vitest'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

let server: TestServer
const settings = { repository: { url: 'https://git.example.com/x' } }
const older = '1'.repeat(40)
const newer = '2'.repeat(40)

beforeAll(async () => {
  server = await startTestServer(serverDirectory(), { TSBUILD_SERVER_WORKER_SLOTS: '0' })
  await server.api.call('createProject', { body: { name: 'app', settings, webhookSecret: WEBHOOK_SECRET } })
})

const stateOf = async (build: number) => (await server.api.call('showBuild', { path: { build } })).state
const pushed = async (commit: string): Promise<number> => {
  const answer = await server.push('app', { ref: 'refs/heads/main', commit })
  return ((await answer.json()) as { builds: number[] }).builds[0] ?? 0
}

test('a newer push supersedes older builds of its branch, a manual build of an older commit does not', async () => {
  const first = await pushed(older)
  const second = await pushed(newer)
  expect([await stateOf(first), await stateOf(second)]).toEqual(['superseded', 'queued'])
  const retried = await server.api.call('retryBuild', { path: { build: first } })
  const path = { project: 'app' }
  const chosen = await server.api.call('triggerBuild', { path, body: { ref: 'main', commit: older } })
  expect([await stateOf(second), await stateOf(retried.id), await stateOf(chosen.id)]).toEqual([
    'queued',
    'queued',
    'queued',
  ])
  const newest = await server.api.call('triggerBuild', { path, body: { ref: 'main' } })
  expect([await stateOf(second), await stateOf(retried.id), await stateOf(newest.id)]).toEqual([
    'superseded',
    'superseded',
    'queued',
  ])
})

test('a disabled project refuses manual builds and retries', async () => {
  const path = { project: 'app' }
  const { id: build } = await server.api.call('triggerBuild', { path, body: { ref: 'other' } })
  await server.api.call('updateProject', { path, body: { ...settings, enabled: false } })
  const refused = expect.objectContaining({ code: 'SERVER_CONFLICT', message: expect.stringContaining('disabled') })
  await expect(server.api.call('triggerBuild', { path, body: { ref: 'other' } })).rejects.toEqual(refused)
  await expect(server.api.call('retryBuild', { path: { build } })).rejects.toEqual(refused)
})

test('a list in place of the settings of a manual build starts nothing', async () => {
  const answer = await fetch(`${server.url}/api/v1/projects/app/builds`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: '[]',
  })
  const { error } = (await answer.json()) as { error: { message: string } }
  expect([answer.status, error.message]).toEqual([400, 'Cannot read the request: it is a list (expected an object)'])
})
