import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Client } from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { createApiClient } from '../../server/index.ts'
import { serverDirectory, startTestServer, type TestServer } from './support/start-test-server.ts'

const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const directory = serverDirectory()
const env = { TSBUILD_SERVER_WORKER_SLOTS: '0' }
let server: TestServer

beforeAll(async () => {
  server = await startTestServer(directory, env)
})

async function query(text: string): Promise<void> {
  const host = join(directory, 'database/run')
  const password = readFileSync(join(directory, 'database/postgres-password'), 'utf8').trim()
  const client = new Client({ host, user: 'tsbuild', password, database: 'postgres' })
  await client.connect()
  await client.query(text)
  await client.end()
}

const names = async () => (await server.api.call('listTokens')).tokens.map(({ name }) => name)

async function restart(...words: string[]): Promise<string> {
  const { token } = server
  await server.signal('SIGTERM')
  const command = ['sh', '-c', 'program=$1; shift; exec "$program" "$2" $WORDS', 'sh', program, ''] as const
  const more = { ...env, WORDS: words.join(' ') }
  server = await startTestServer(directory, more, words.length === 0 ? [program] : command)
  return token
}

test('a server whose admin tokens have all expired creates another one when it starts', async () => {
  await server.api.call('createToken', { body: { name: 'reader', scope: 'read' } })
  await query(`update tokens set expires_at = now() - interval '1 hour' where scope = 'admin'`)
  await expect(names()).rejects.toThrow('no valid token')
  const old = await restart()
  expect(server.token).not.toBe(old)
  expect(await names()).toEqual(['reader', 'admin'])
})

test('a restart keeps the tokens; with --new-admin-token it replaces the token "admin" and ends its sessions', async () => {
  const answer = await fetch(`${server.url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: server.token }),
  })
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const status = async () => (await fetch(`${server.url}/api/v1/tokens`, { headers: { cookie } })).status
  expect(await restart()).toBe(server.token)
  expect(await status()).toBe(200)
  const old = await restart('--new-admin-token')
  expect(server.token).not.toBe(old)
  await expect.poll(() => server.output()).toContain(server.token)
  expect(await names()).toEqual(['reader', 'admin'])
  expect(await status()).toBe(401)
  await expect(createApiClient({ url: server.url, token: old }).call('listTokens')).rejects.toThrow('no valid token')
})

test('the name of an expired token can be used again', async () => {
  await query(`update tokens set expires_at = now() - interval '1 hour' where name = 'reader'`)
  const { token } = await server.api.call('createToken', { body: { name: 'reader', scope: 'build' } })
  expect(token).toMatchObject({ name: 'reader', scope: 'build' })
  await expect(server.api.call('createToken', { body: { name: 'reader', scope: 'build' } })).rejects.toThrow('exists')
})
