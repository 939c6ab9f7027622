import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../server/state/database.ts'
import { removeAfterTest } from '../support/removed-afterwards.ts'
import { createRepository } from './support/git-repository.ts'
import { openConnection } from './support/open-connection.ts'
import { startBusyboxServer } from './support/start-busybox-server.ts'
import { serverDirectory, type TestServer } from './support/start-test-server.ts'

const directory = serverDirectory()
let server: TestServer

beforeAll(async () => {
  const { url, commit } = createRepository(directory, 'app')
  commit({ Dockerfile: 'FROM busybox\nRUN echo the end of the log\n' })
  server = await startBusyboxServer(directory)
  await server.api.call('createProject', { body: { name: 'app', settings: { repository: { url } } } })
  const { id } = await server.api.call('triggerBuild', { path: { project: 'app' }, body: {} })
  expect((await server.ended(id)).state).toBe('succeeded')
})

test.each(['events', 'log'])('readers of %s leave connections of the database to other requests', async (part) => {
  const home = join(directory, 'database')
  const password = readFileSync(join(home, 'postgres-password'), 'utf8').trim()
  const database = openDatabase({ host: join(home, 'run'), user: 'tsbuild', database: 'postgres', password })
  const blocked = async () => {
    const text = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%build_events%'"
    return (await database.query(text)).rows.length
  }
  const readers = Array.from({ length: 30 }, () => openConnection(server.url))
  removeAfterTest(() => {
    for (const { socket } of readers) socket.destroy()
    return database.close()
  })
  await database.transaction(async (queries) => {
    await queries.query('lock table build_events in access exclusive mode') // a disk that hangs
    const head = `Host: a\r\nAuthorization: Bearer ${server.token}\r\n\r\n`
    for (const { socket } of readers) socket.write(`GET /api/v1/builds/1/${part} HTTP/1.1\r\n${head}`)
    await expect.poll(blocked).toBeGreaterThan(0)
    await expect.poll(() => readers.every(({ answer }) => answer().startsWith('HTTP/1.1 200'))).toBe(true)
    expect((await server.api.call('listBuilds', { query: {} })).builds).toHaveLength(1)
  })
  await expect.poll(() => readers.every(({ answer }) => answer().includes('the end of the log'))).toBe(true)
})
