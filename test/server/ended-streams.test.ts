import { getEventListeners } from 'node:events'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { streamBuild } from '../../server/http/stream-build.ts'
import type { Build } from '../../server/index.ts'

const now = new Date().toISOString()
const build: Build = {
  id: 1,
  project: 'app',
  state: 'succeeded',
  trigger: { kind: 'api' },
  ref: 'refs/heads/main',
  createdAt: now,
  endedAt: now,
  attempt: 1,
}

test('a server does not keep the streams of ended builds in memory', async () => {
  const closing = new AbortController()
  const followed = { build: async () => build, events: async () => [], listen: () => () => {} }
  const app = new Hono()
  app.get('/events', (c) => streamBuild(c, followed, closing.signal))
  expect(await (await app.request('/events')).text()).toContain('"state":"succeeded"')
  await expect.poll(() => getEventListeners(closing.signal, 'abort'), { timeout: 30_000 }).toEqual([])
})
